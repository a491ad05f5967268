using System.Globalization;
using System.Text;
using Godwit.Bench.Measuring;
using Godwit.Bench.Pages;

namespace Godwit.Bench.Report;

/// <summary>The figures of the console's pages as a table and a file.</summary>
public static class PagesReport
{
    public static void Write(List<PageRow> rows, BenchOptions options)
    {
        if (options.Docs is not { } docs)
            return;
        var machine = Machine.Describe();
        DocsFile.Raw(docs, "pages", new { machine, options.Things, options.Executions, options.Rounds, options.Busy, rows });
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Taken {machine.Date} at commit {machine.Commit}: {machine.Processor}, {machine.Cores} cores, {machine.Memory}; {machine.Runtime}; SQLite.\n")
            .Append(CultureInfo.InvariantCulture, $"{options.Things:N0} things, {options.Executions:N0} executions, {3L * options.Things:N0} records of the journal. ")
            .Append(options.Busy ? "Other work was running on the machine: the figures are too high.\n" : "Nothing else was running.\n")
            .Append("\n| page | first after the start, ms | median, ms | worst, ms | bytes |\n|---|---|---|---|---|\n");
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {row.Page} | {row.FirstMs:0} | **{row.MedianMs:0}** | {row.WorstMs:0} | {row.Bytes:N0} |\n");
        DocsFile.Replace(docs, "pages", text.ToString());
    }
}
