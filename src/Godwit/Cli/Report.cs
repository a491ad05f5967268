using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Cli;

/// <summary>What a verb found, in the form that was asked for.</summary>
public sealed class Report(Terminal terminal, OutputForm form)
{
    public static JsonSerializerOptions Json { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public OutputForm Form => form;

    public Terminal Terminal => terminal;

    /// <summary>A list: a table with these columns, or the rows themselves.</summary>
    public void List(IReadOnlyList<JsonObject> rows, IReadOnlyList<Column> columns, string whenEmpty)
    {
        if (form != OutputForm.Table)
            Data(new JsonArray([.. rows.Select(row => row.DeepClone())]));
        else if (rows.Count == 0)
            terminal.Out.WriteLine(whenEmpty);
        else
            Table(rows, columns);
    }

    /// <summary>One thing: text for people, or its members.</summary>
    public void One(JsonNode data, Action<TextWriter> text)
    {
        if (form == OutputForm.Table)
            text(terminal.Out);
        else
            Data(data);
    }

    private void Data(JsonNode data) => terminal.Out.Write(form == OutputForm.Json ? data.ToJsonString(Json) + "\n" : Yaml.Of(data));

    public void Table(IReadOnlyList<JsonObject> rows, IReadOnlyList<Column> columns)
    {
        var cells = rows.Select(row => columns.Select(column => column.Cell(row) ?? "-").ToList()).ToList();
        var widths = columns.Select((column, i) => Math.Max(column.Header.Length, cells.Max(row => row[i].Length))).ToList();
        Line([.. columns.Select(column => column.Header)], paint: false);
        foreach (var row in cells)
            Line(row, paint: true);

        void Line(List<string> texts, bool paint)
        {
            for (var i = 0; i < texts.Count; i++)
            {
                var last = i == texts.Count - 1;
                var padded = columns[i].Right ? texts[i].PadLeft(widths[i]) : last ? texts[i] : texts[i].PadRight(widths[i]);
                terminal.Out.Write(paint ? terminal.Paint(padded) : padded);
                terminal.Out.Write(last ? "\n" : "  ");
            }
        }
    }
}
