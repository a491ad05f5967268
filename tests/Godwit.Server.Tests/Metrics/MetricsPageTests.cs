using System.Text;
using System.Text.RegularExpressions;
using Godwit.Server.Http;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;
using Godwit.Server.Streams.Device;

namespace Godwit.Server.Tests.Metrics;

/// <summary>Holds the table of <c>docs/metrics.md</c> against what <c>/metrics</c> says when everything has been counted once.</summary>
public sealed partial class MetricsPageTests
{
    private static readonly string Page = Path.Combine(HouseRules.Root(), "docs", "metrics.md");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_is_what_the_service_says_of_every_metric()
    {
        var text = await Counted();
        var page = await File.ReadAllTextAsync(Page, Ct);
        const string begin = "<!-- made from the code -->\n", end = "<!-- end -->";
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, page.IndexOf(end, StringComparison.Ordinal));
        var made = page[..from] + Table(text) + page[to..];
        if (made != page && Environment.GetEnvironmentVariable("GODWIT_WRITE_PAGES") is { Length: > 0 })
            await File.WriteAllTextAsync(Page, made, Ct);
        else
            Assert.True(made == page, "docs/metrics.md is not what the service says. Run this test with GODWIT_WRITE_PAGES=1, and commit the page.\n" + made);
    }

    /// <summary>The page after each instrument, also of what only a device or a fault brings about, has noted something.</summary>
    private static async Task<string> Counted()
    {
        await using var server = await TestServer.Start();
        using var client = server.Client("iot");
        Assert.Equal(200, (await client.Send("POST", "/things/a", "{}")).Status);
        Assert.Equal(200, (await client.Send("PUT", "/jobs/m1", """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/a"],"document":"{}"}""")).Status);
        var jobs = server.Get<JobMetrics>();
        await jobs.Refresh(Ct);
        jobs.Looked();
        StreamMetrics.Answered(8);
        StreamMetrics.Rejected("FileNotFound");
        StorageMetrics.CommitFailed();
        StorageMetrics.Recorded(new("000000000000", "who", "kind", "subject", null, "QUEUED", Thing: "a", Job: "m1"));
        server.Get<RequestMetrics>().Done("iot.CreateThing", 200, TimeSpan.FromMilliseconds(1));

        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(server.Address, "/metrics"), Ct);
    }

    private static string Table(string text)
    {
        var table = new StringBuilder("| metric | type | labels | meaning |\n|---|---|---|---|\n");
        foreach (var (name, help) in Help().Matches(text).Select(match => (match.Groups[1].Value, match.Groups[2].Value)).Where(row => !row.Item1.StartsWith("godwit_tests_", StringComparison.Ordinal)))
        {
            var type = Regex.Match(text, $"^# TYPE {name} (.+)$", RegexOptions.Multiline).Groups[1].Value;
            var lines = Regex.Matches(text, $@"^{name}(?:_bucket|_sum|_count)?(?:\{{(.*)\}})? ", RegexOptions.Multiline);
            Assert.True(lines.Count > 0, $"{name} has no line: let this test count it once, so that its labels are known.");
            var labels = lines.SelectMany(line => Label().Matches(line.Groups[1].Value).Select(label => label.Groups[1].Value)).Where(label => label != "le").Distinct().Order(StringComparer.Ordinal);
            table.Append($"| `{name}` | {type} | {string.Join(", ", labels.Select(label => $"`{label}`"))} | {help.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }
        return table.ToString();
    }

    [GeneratedRegex("^# HELP (godwit_[a-z0-9_]+) (.+)$", RegexOptions.Multiline)]
    private static partial Regex Help();

    [GeneratedRegex("([a-z0-9_]+)=\"")]
    private static partial Regex Label();
}
