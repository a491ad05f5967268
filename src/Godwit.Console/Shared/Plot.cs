using System.Globalization;
using System.Text;

namespace Godwit.Pages.Shared;

/// <summary>Where numbers lie in a chart, and its lines as SVG paths.</summary>
public sealed record Plot(int Width, int Height, double MaxX, double MaxY)
{
    public int Left { get; init; } = 52;

    public int Right { get; init; } = 16;

    public int Top { get; init; } = 16;

    public int Bottom { get; init; } = 30;

    public int InnerWidth => Width - Left - Right;

    public int InnerHeight => Height - Top - Bottom;

    public int Floor => Height - Bottom;

    public string X(double x) => Text(AtX(x));

    public string Y(double y) => Text(AtY(y));

    public double AtX(double x) => Left + (MaxX <= 0 ? 0 : Math.Clamp(x / MaxX, 0, 1) * InnerWidth);

    public double AtY(double y) => Top + InnerHeight - (MaxY <= 0 ? 0 : Math.Clamp(y / MaxY, 0, 1) * InnerHeight);

    /// <summary>A line that climbs in steps: a value holds until the next point.</summary>
    public string Steps(IEnumerable<(double X, double Y)> points)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in points)
            path.Append(path.Length == 0 ? $"M{X(x)} {Y(y)}" : $"H{X(x)}V{Y(y)}");
        return path.ToString();
    }

    public string Line(IEnumerable<(double X, double Y)> points)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in points)
            path.Append(path.Length == 0 ? 'M' : 'L').Append(X(x)).Append(' ').Append(Y(y));
        return path.ToString();
    }

    /// <summary>Without the points at which a line goes straight on: they would only make the page large.</summary>
    public static IReadOnlyList<(double X, double Y)> Corners(IReadOnlyList<(double X, double Y)> points) =>
        [.. points.Where((point, i) => i == 0 || i == points.Count - 1 || Slope(points[i - 1], point) != Slope(point, points[i + 1]))];

    /// <summary>The area between two lines.</summary>
    public string Band(IReadOnlyList<(double X, double Y)> upper, IReadOnlyList<(double X, double Y)> lower) =>
        upper.Count == 0 || lower.Count == 0 ? "" : Line(upper) + "L" + Line(lower.Reverse())[1..] + "Z";

    /// <summary>Round numbers from 0 to <paramref name="max"/>, at most <paramref name="most"/> of them behind the first.</summary>
    public static IReadOnlyList<double> Ticks(double max, int most)
    {
        if (max <= 0)
            return [0];
        var power = Math.Pow(10, Math.Floor(Math.Log10(max / most)));
        var step = new[] { 1, 2, 5, 10 }.Select(times => times * power).First(size => max / size <= most);
        step = Math.Max(1, step);
        return [.. Enumerable.Range(0, (int)(max / step) + 1).Select(i => i * step)];
    }

    /// <summary>The same for seconds, in steps that clocks have.</summary>
    public static IReadOnlyList<double> TimeTicks(double seconds, int most)
    {
        var step = new double[] { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000 }
            .FirstOrDefault(size => seconds / size <= most, seconds);
        return [.. Enumerable.Range(0, (int)(seconds / step) + 1).Select(i => i * step)];
    }

    /// <summary>A tick on the axis of time.</summary>
    public static string TimeLabel(double seconds) => seconds switch
    {
        0 => "0",
        < 60 => $"{seconds:0} s",
        < 3600 => seconds % 60 == 0 ? $"{seconds / 60:0} min" : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.#} min"),
        < 86_400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0.#} d"),
    };

    /// <summary>Large numbers shortened: 12k, 1.5M.</summary>
    public static string CountLabel(double count) => count switch
    {
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1_000_000:0.#}M"),
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1000:0.#}k"),
        _ => Words.Count((long)count),
    };

    private static double Slope((double X, double Y) from, (double X, double Y) to) => (to.Y - from.Y) / (to.X - from.X);

    public static string Text(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
