using System.Text;
using Godwit.Bench.Measuring;
using Godwit.Bench.Publishing;

namespace Godwit.Bench.Report;

/// <summary>The publish figures as a table, a picture and a file.</summary>
public static class PublishReport
{
    public static void Write(List<PublishResult> results, BenchOptions options)
    {
        if (options.Docs is not { } docs)
            return;
        var machine = Machine.Describe();
        DocsFile.Raw(docs, "publish", new { machine, PublishLoad.PayloadBytes, options.Seconds, options.Rounds, results });
        var series = results.GroupBy(result => result.Server).Select(server =>
            new SvgPlot.Series(server.Key, [.. server.Select(result => (result.IdleSessions.ToString("N0"), result.PerSecond / 1000))])).ToArray();
        DocsFile.Picture(docs, "publish", SvgPlot.Lines("Messages per second (thousands) by idle sessions, QoS 0, 256 bytes", series));
        DocsFile.Replace(docs, "publish", DocsFile.On(machine, options) + Table(results) + "\n![Messages per second by idle sessions](performance/publish.svg)\n");
    }

    private static string Table(List<PublishResult> results)
    {
        var text = new StringBuilder("\n| idle sessions |");
        var servers = results.GroupBy(result => result.Server).ToArray();
        foreach (var server in servers)
            text.Append($" {server.Key}, messages/s | of its rate with 0 idle | CPU µs/message |");
        text.Append("\n|---|").Insert(text.Length, "---|", servers.Length * 3).Append('\n');
        foreach (var level in results.Select(result => result.IdleSessions).Distinct())
        {
            text.Append($"| {level:N0} |");
            foreach (var server in servers)
            {
                var (at, alone) = (server.First(result => result.IdleSessions == level), server.First(result => result.IdleSessions == 0));
                text.Append($" {at.PerSecond:0} | {at.PerSecond / alone.PerSecond:0.00} | {at.Microseconds:0.0} |");
            }
            text.Append('\n');
        }
        return text.ToString();
    }
}
