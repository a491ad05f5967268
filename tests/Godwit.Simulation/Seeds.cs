using System.Globalization;

namespace Godwit.Simulation;

/// <summary>
/// The seeds of <c>seeds.txt</c>: worlds in which bugs of the service were found, which every run lives again, and for each bug that can be planted one in which it
/// is found. A change of the service may make another world of a seed: then the bug is looked for anew, and its line is to be moved on.
/// </summary>
internal static class Seeds
{
    private static readonly string[][] s_lines =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "seeds.txt")).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries))];

    public static IReadOnlyList<long> Found { get; } = [.. s_lines.Where(line => line[0] == "found").Select(line => Number(line[1]))];

    private static readonly Dictionary<string, long> s_planted = s_lines.Where(line => line[0] == "planted").ToDictionary(line => line[1], line => Number(line[2]), StringComparer.Ordinal);

    /// <summary>The world in which a planted bug was found last, or null.</summary>
    public static long? Of(string bug) => s_planted.TryGetValue(bug, out var seed) ? seed : null;

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
