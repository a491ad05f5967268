using System.Globalization;
using System.Text;

namespace Godwit.Core.Planning;

/// <summary>A forecast as an SVG picture: states stacked over the minutes, and the curve of what the rollout has started.</summary>
public static class ForecastPicture
{
    private const int Width = 960, Height = 480, Left = 84, Right = 24, Top = 64, Bottom = 84;
    private const int PlotWidth = Width - Left - Right, PlotHeight = Height - Top - Bottom;

    /// <summary>More points than a screen has columns would only make the file large.</summary>
    private const int PointsMax = 480;

    /// <summary>Pages show the picture in light and in dark; it follows what the reader's system asks for.</summary>
    private const string Style =
        "<style>.ink{fill:#333}.soft{fill:#666}.paper{fill:#fff}.grid{stroke:#e3e7eb}.tick{stroke:#888}.line{fill:none;stroke:#1f2d3a}"
        + "@media(prefers-color-scheme:dark){.ink{fill:#d7dde3}.soft{fill:#98a3ae}.paper{fill:#14191f}.grid{stroke:#2a323b}.tick{stroke:#6b7681}.line{stroke:#eef2f5}}</style>";

    /// <summary>From the bottom up.</summary>
    private static readonly (string Name, string Colour, Func<ForecastMinute, long> Count)[] States =
    [
        ("succeeded", "#2e9e5b", row => row.Succeeded),
        ("failed", "#d23b3b", row => row.Failed),
        ("rejected", "#e58a2e", row => row.Rejected),
        ("timed out", "#8e5bc0", row => row.TimedOut),
        ("canceled", "#9aa3ad", row => row.Canceled),
        ("in progress", "#4a90d9", row => row.InProgress),
        ("queued", "#c3dcf3", row => row.Queued),
    ];

    public static string Draw(Forecast forecast, string title)
    {
        var rows = Thinned(forecast.Run.Timeline);
        var (minutes, most) = (Math.Max(1, rows[^1].Minute), Math.Max(1L, rows.Max(row => row.Started)));
        var svg = new StringBuilder();
        Line(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="system-ui, sans-serif" font-size="13" class="ink">""");
        Line(svg, Style);
        Line(svg, $"""<rect width="{Width}" height="{Height}" class="paper"/>""");
        Line(svg, $"""<text x="{Left}" y="26" font-size="17" font-weight="600">{Escaped(title)}</text>""");
        Line(svg, $"""<text x="{Left}" y="47" class="soft">{Escaped(Subtitle(forecast))}</text>""");
        Axes(svg, minutes, most);
        var floor = new long[rows.Count];
        foreach (var (name, colour, count) in States)
            Area(svg, rows, floor, minutes, most, name, colour, count);
        Line(svg, $"""<polyline class="line" stroke-width="1.6" points="{string.Join(' ', rows.Select(row => Point(row.Minute, row.Started, minutes, most)))}"><title>started</title></polyline>""");
        if (forecast.Run.AbortedBy is not null && forecast.Run.EndedAtSecond is { } second)
        {
            var x = X(second / 60.0, minutes);
            Line(svg, $"""<line x1="{x}" y1="{Top}" x2="{x}" y2="{Top + PlotHeight}" stroke="#d23b3b" stroke-dasharray="5 4"/>""");
            Line(svg, $"""<text x="{x}" y="{Top - 5}" fill="#d23b3b" text-anchor="middle">abort</text>""");
        }
        Legend(svg, rows);
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void Area(
        StringBuilder svg, List<ForecastMinute> rows, long[] floor, int minutes, long most, string name, string colour, Func<ForecastMinute, long> count)
    {
        if (rows.All(row => count(row) == 0))
            return;
        var points = new List<string>();
        for (var i = rows.Count - 1; i >= 0; i--)
            points.Add(Point(rows[i].Minute, floor[i], minutes, most));
        for (var i = 0; i < rows.Count; i++)
            points.Add(Point(rows[i].Minute, floor[i] += count(rows[i]), minutes, most));
        Line(svg, $"""<polygon fill="{colour}" points="{string.Join(' ', points)}"><title>{name}</title></polygon>""");
    }

    private static void Axes(StringBuilder svg, int minutes, long most)
    {
        var step = Step(most, 5);
        for (long value = 0; value <= most; value += step)
        {
            var y = Y(value, most);
            Line(svg, $"""<line x1="{Left}" y1="{y}" x2="{Width - Right}" y2="{y}" class="grid"/>""");
            Line(svg, $"""<text x="{Left - 8}" y="{y}" dy="4" text-anchor="end">{value.ToString("#,0", CultureInfo.InvariantCulture)}</text>""");
        }
        var (unit, perUnit) = minutes switch { > 4 * 24 * 60 => ("days", 24 * 60), > 4 * 60 => ("hours", 60), _ => ("minutes", 1) };
        step = Step(minutes / perUnit, 8);
        for (long value = 0; value * perUnit <= minutes; value += step)
        {
            var x = X(value * perUnit, minutes);
            Line(svg, $"""<line x1="{x}" y1="{Top + PlotHeight}" x2="{x}" y2="{Top + PlotHeight + 5}" class="tick"/>""");
            Line(svg, $"""<text x="{x}" y="{Top + PlotHeight + 20}" text-anchor="middle">{value}</text>""");
        }
        Line(svg, $"""<text x="{Width - Right}" y="{Top + PlotHeight + 38}" text-anchor="end" class="soft">{unit}</text>""");
    }

    private static void Legend(StringBuilder svg, List<ForecastMinute> rows)
    {
        var x = Left;
        foreach (var (name, colour, _) in States.Where(state => rows.Any(row => state.Count(row) > 0)))
        {
            Line(svg, $"""<rect x="{x}" y="{Height - 26}" width="12" height="12" rx="2" fill="{colour}"/>""");
            Line(svg, $"""<text x="{x + 18}" y="{Height - 16}">{name}</text>""");
            x += 34 + (name.Length * 7);
        }
        Line(svg, $"""<line x1="{x}" y1="{Height - 20}" x2="{x + 14}" y2="{Height - 20}" class="line" stroke-width="2"/>""");
        Line(svg, $"""<text x="{x + 20}" y="{Height - 16}">started by the rollout</text>""");
    }

    private static string Subtitle(Forecast forecast)
    {
        var run = forecast.Run;
        var end = run.EndedAtSecond is { } second ? $"{run.Outcome.ToString().ToUpperInvariant()} after {second / 60.0:0.#} min" : "does not complete";
        return string.Create(CultureInfo.InvariantCulture, $"{forecast.Devices:#,0} devices, {end}, {run.Hurt:#,0} hurt by then");
    }

    private static List<ForecastMinute> Thinned(IReadOnlyList<ForecastMinute> rows)
    {
        var every = ((rows.Count - 1) / PointsMax) + 1;
        return [.. rows.Where((_, i) => i % every == 0 || i == rows.Count - 1)];
    }

    /// <summary>1, 2 or 5 times a power of ten, so that there are at most so many.</summary>
    private static long Step(long range, int most)
    {
        for (long power = 1; ; power *= 10)
            foreach (var times in new[] { 1, 2, 5 })
                if (range / (times * power) <= most)
                    return times * power;
    }

    private static string Point(double minute, long count, int minutes, long most) => $"{X(minute, minutes)},{Y(count, most)}";

    private static string X(double minute, int minutes) => Coordinate(Left + (minute / minutes * PlotWidth));

    private static string Y(long count, long most) => Coordinate(Top + PlotHeight - ((double)count / most * PlotHeight));

    private static string Coordinate(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    private static void Line(StringBuilder svg, string line) => svg.Append(line).Append('\n');
}
