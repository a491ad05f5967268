using System.Text.Json;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Report;

/// <summary>docs/performance.md and what lies beside it. Text between a pair of markers is the benchmark's, all other text is written by people.</summary>
public static class DocsFile
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Replaces what stands between <c>&lt;!-- bench:name --&gt;</c> and <c>&lt;!-- /bench:name --&gt;</c>.</summary>
    public static void Replace(string docs, string name, string text)
    {
        var file = Path.Combine(docs, "performance.md");
        var old = File.ReadAllText(file);
        var (begin, end) = ($"<!-- bench:{name} -->", $"<!-- /bench:{name} -->");
        var (from, to) = (old.IndexOf(begin, StringComparison.Ordinal), old.IndexOf(end, StringComparison.Ordinal));
        if (from < 0 || to < from)
            throw new InvalidOperationException($"{file} has no pair of markers {begin} {end}.");
        File.WriteAllText(file, $"{old[..(from + begin.Length)]}\n{text}\n{old[to..]}");
    }

    /// <summary>The figures of every round, for whoever wants to compute something else from them.</summary>
    public static void Raw(string docs, string name, object figures) => WriteFile(docs, name + ".json", JsonSerializer.Serialize(figures, Json) + "\n");

    public static void Picture(string docs, string name, string svg) => WriteFile(docs, name + ".svg", svg);

    public static string On(Machine machine, BenchOptions options) =>
        $"""
        Taken {machine.Date} at commit {machine.Commit}: {machine.Processor}, {machine.Cores} cores, {machine.Memory}; Linux {machine.Kernel}; {machine.Runtime};
        {machine.Mosquitto}; {machine.Nginx}. Medians of {options.Rounds} interleaved rounds of {options.Seconds:0.##} s.

        """;

    private static void WriteFile(string docs, string name, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(docs, "performance")).FullName;
        File.WriteAllText(Path.Combine(folder, name), text);
    }
}
