using System.Globalization;
using System.Text;

namespace Godwit.Bench.Report;

/// <summary>Two small pictures, drawn by hand so that they need nothing and differ only where figures do. Readable on light and dark pages.</summary>
public static class SvgPlot
{
    private const int Width = 720;
    private const int NameWidth = 210;
    private const string Ours = "#2f6fde";
    private const string Others = "#9aa3b2";
    private const string Ink = "#7a818c";

    public readonly record struct Bar(string Name, double Value, bool IsOurs);

    public readonly record struct Series(string Name, IReadOnlyList<(string At, double Value)> Points);

    /// <summary>One bar a row, longest fills the width.</summary>
    public static string Bars(string title, IReadOnlyList<Bar> bars)
    {
        const int row = 26, top = 34;
        var scale = (Width - NameWidth - 70) / Math.Max(bars.Max(bar => bar.Value), 1e-9);
        var svg = Begin(title, top + (bars.Count * row) + 6);
        for (var i = 0; i < bars.Count; i++)
        {
            var (y, length) = (top + (i * row), bars[i].Value * scale);
            svg.Append(Text(NameWidth - 8, y + 14, bars[i].Name, "end"));
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{NameWidth}\" y=\"{y}\" width=\"{length:0.#}\" height=\"18\" rx=\"2\" fill=\"{(bars[i].IsOurs ? Ours : Others)}\"/>\n");
            svg.Append(Text(NameWidth + length + 6, y + 14, bars[i].Value.ToString("0.0", CultureInfo.InvariantCulture), "start"));
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Lines over the same places, evenly spaced, from zero.</summary>
    public static string Lines(string title, IReadOnlyList<Series> series)
    {
        const int left = 60, right = 130, top = 40, height = 220;
        var highest = series.Max(line => line.Points.Max(point => point.Value)) * 1.1;
        var places = series[0].Points;
        double X(int i) => left + (i * (double)(Width - left - right) / Math.Max(places.Count - 1, 1));
        double Y(double value) => top + height - (value / highest * height);
        var svg = Begin(title, top + height + 34);
        for (var i = 0; i <= 4; i++)
        {
            var value = highest * i / 4;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{left}\" x2=\"{Width - right}\" y1=\"{Y(value):0.#}\" y2=\"{Y(value):0.#}\" stroke=\"{Ink}\" stroke-opacity=\"0.3\"/>\n");
            svg.Append(Text(left - 8, Y(value) + 4, value.ToString("0", CultureInfo.InvariantCulture), "end"));
        }
        for (var i = 0; i < places.Count; i++)
            svg.Append(Text(X(i), top + height + 20, places[i].At, "middle"));
        for (var s = 0; s < series.Count; s++)
        {
            var colour = s == 0 ? Ours : Others;
            var points = series[s].Points.Select((point, i) => string.Create(CultureInfo.InvariantCulture, $"{X(i):0.#},{Y(point.Value):0.#}"));
            svg.Append($"<polyline points=\"{string.Join(' ', points)}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>\n");
            svg.Append(Text(Width - right + 8, Y(series[s].Points[^1].Value) + 4, series[s].Name, "start"));
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static StringBuilder Begin(string title, int height) => new StringBuilder()
        .Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n")
        .Append(Text(8, 18, title, "start", "font-weight=\"bold\""));

    private static string Text(double x, double y, string text, string anchor, string more = "") => string.Create(
        CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" fill=\"{Ink}\" {more}>{text}</text>\n");
}
