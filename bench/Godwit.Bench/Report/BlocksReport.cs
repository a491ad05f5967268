using System.Text;
using Godwit.Bench.Blocks;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Report;

/// <summary>The block figures as a table, a picture and a file.</summary>
public static class BlocksReport
{
    public static void Write(List<BlocksResult> results, BenchOptions options)
    {
        if (options.Docs is not { } docs || options.Servers.Length > 0)
            return;
        var machine = Machine.Describe();
        DocsFile.Raw(docs, "blocks", new { machine, options.Clients, options.Seconds, options.Rounds, results });
        foreach (var shape in results.GroupBy(result => result.Shape))
            DocsFile.Picture(docs, "blocks-" + shape.Key.ToLowerInvariant().Replace(' ', '-'), Picture(shape.Key, [.. shape]));
        DocsFile.Replace(docs, "blocks", DocsFile.On(machine, options) + "\n" + Table(results));
    }

    private static string Table(List<BlocksResult> results)
    {
        var text = new StringBuilder();
        foreach (var shape in results.GroupBy(result => result.Shape))
        {
            var godwit = shape.First(result => result.Server == Contestants.Godwit);
            text.Append($"\n**{shape.Key}**\n\n| server | CPU µs/block | of Godwit's | blocks/s | MB/s | p99 µs | server busy | generator busy |\n|---|---|---|---|---|---|---|---|\n");
            foreach (var result in shape.OrderBy(result => result.Microseconds))
            {
                var name = result.Server.StartsWith(Contestants.Godwit, StringComparison.Ordinal) ? $"**{result.Server}**" : result.Server;
                text.Append($"| {name} | {result.Microseconds:0.0} | {result.Microseconds / godwit.Microseconds:0.00} | {result.PerSecond:0} | {MegabytesPerSecond(result):0} ");
                text.Append($"| {result.P99:0} | {result.ServerBusy:0%} | {result.GeneratorBusy:0%} |\n");
            }
            text.Append($"\n![Server CPU per block, {shape.Key}](performance/blocks-{shape.Key.ToLowerInvariant().Replace(' ', '-')}.svg)\n");
        }
        return text.ToString().TrimStart('\n');
    }

    private static double MegabytesPerSecond(BlocksResult result) =>
        result.PerSecond * BlockShape.All.First(shape => shape.Name == result.Shape).BlockBytes / 1e6;

    private static string Picture(string shape, IReadOnlyList<BlocksResult> results) => SvgPlot.Bars(
        $"Server CPU per block, {shape} (µs; less is better)",
        [.. results.OrderBy(result => result.Microseconds).Select(result => new SvgPlot.Bar(
            result.Server, result.Microseconds, result.Server.StartsWith(Contestants.Godwit, StringComparison.Ordinal)))]);
}
