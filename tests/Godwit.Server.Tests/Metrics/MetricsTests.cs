using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Godwit.Server.Metrics;

namespace Godwit.Server.Tests.Metrics;

public sealed partial class MetricsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Counters_gauges_and_histograms_are_written_as_Prometheus_reads_them()
    {
        using var meter = new Meter("Godwit.Tests.Write");
        using var registry = new MetricsRegistry();
        var counter = meter.CreateCounter<long>("godwit.tests.things", "{thing}", "Things \\ seen");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "a\"b\nc"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "a\"b\nc"));
        meter.CreateObservableGauge("godwit.tests.level", () => 7);
        var histogram = meter.CreateHistogram<double>("godwit.tests.duration", "s", "How long");
        histogram.Record(0.003);
        histogram.Record(100);

        var text = registry.Write();
        Assert.Contains("# HELP godwit_tests_things_total Things \\\\ seen\n# TYPE godwit_tests_things_total counter\ngodwit_tests_things_total{kind=\"a\\\"b\\nc\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE godwit_tests_level gauge\ngodwit_tests_level 7\n", text, StringComparison.Ordinal);
        Assert.Contains("godwit_tests_duration_seconds_bucket{le=\"0.0025\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("godwit_tests_duration_seconds_bucket{le=\"0.005\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("godwit_tests_duration_seconds_bucket{le=\"+Inf\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("godwit_tests_duration_seconds_sum 100.003\ngodwit_tests_duration_seconds_count 2\n", text, StringComparison.Ordinal);
        Assert.Contains("godwit_tests_level 7\n", registry.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_takes_ever_new_values_cannot_fill_memory()
    {
        using var meter = new Meter("Godwit.Tests.Bound");
        using var registry = new MetricsRegistry();
        var counter = meter.CreateCounter<long>("godwit.tests.bound");
        for (var i = 0; i < 5000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("id", i));

        var text = registry.Write();
        Assert.InRange(text.Split('\n').Count(line => line.StartsWith("godwit_tests_bound_total{", StringComparison.Ordinal)), 1, 4000);
        Assert.Matches("godwit_metrics_refused_total [1-9]", text);
    }

    [Fact]
    public async Task Every_line_of_the_page_can_be_read_and_dashboard_and_alerts_name_only_what_is_there()
    {
        await using var server = await TestServer.Start();
        using var client = server.Client("iot");
        Assert.Equal(200, (await client.Send("POST", "/things/a", "{}")).Status);
        Assert.Equal(200, (await client.Send("PUT", "/jobs/m1", """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/a"],"document":"{}"}""")).Status);
        await server.Get<Godwit.Server.Jobs.JobMetrics>().Refresh(Ct);
        // What only a device or a fault brings about.
        Godwit.Server.Streams.Device.StreamMetrics.Answered(8);
        Godwit.Server.Streams.Device.StreamMetrics.Rejected("FileNotFound");

        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(server.Address, "/metrics"), Ct);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var text = await answer.Content.ReadAsStringAsync(Ct);
        foreach (var line in text.TrimEnd('\n').Split('\n'))
            Assert.Matches(Line(), line);
        Assert.Contains("godwit_http_request_duration_seconds_count{operation=\"iot.CreateThing\",status=\"200\"}", text, StringComparison.Ordinal);

        var known = Name().Matches(text).Select(match => match.Value).ToHashSet();
        // A counter that nothing has counted yet has no line.
        known.UnionWith(["godwit_commit_failures_total", "godwit_job_ticks_total"]);
        var deploy = Path.Combine(HouseRules.Root(), "deploy");
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(deploy, "grafana", "godwit.json"), Ct));
        var exprs = dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!).ToList();
        exprs.AddRange((await File.ReadAllLinesAsync(Path.Combine(deploy, "prometheus", "alerts.yml"), Ct)).Where(row => row.TrimStart().StartsWith("expr:", StringComparison.Ordinal)));
        var named = exprs.SelectMany(expr => Name().Matches(expr).Select(match => match.Value)).ToHashSet();
        Assert.True(named.Count > 20);
        Assert.Empty(named.Except(known));
    }

    [Fact]
    public async Task Every_alert_has_its_line_in_the_runbook()
    {
        var root = HouseRules.Root();
        var alerts = (await File.ReadAllLinesAsync(Path.Combine(root, "deploy", "prometheus", "alerts.yml"), Ct)).Where(row => row.Contains("- alert:", StringComparison.Ordinal)).Select(row => row.Split(':')[1].Trim()).ToList();
        var runbook = await File.ReadAllTextAsync(Path.Combine(root, "docs", "operations.md"), Ct);
        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Contains($"### {alert}\n", runbook, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(MetricsAccess.Off, false, 403)]
    [InlineData(MetricsAccess.Loopback, false, 200)]
    [InlineData(MetricsAccess.Loopback, true, 403)]
    [InlineData(MetricsAccess.All, true, 200)]
    public async Task The_page_is_for_whom_the_setting_lets(MetricsAccess access, bool forwarded, int status)
    {
        await using var server = await TestServer.Start(configure: options => options with { Metrics = access });
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, "/metrics"));
        if (forwarded)
            request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        using var answer = await http.SendAsync(request, Ct);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [GeneratedRegex(@"^(# (HELP|TYPE) [a-z][a-z0-9_]* .+|[a-z][a-z0-9_]*(\{([a-z0-9_]+=""([^""\\]|\\.)*"",?)+\})? -?([0-9.]+(E[+-]?[0-9]+)?|\+Inf|NaN))$")]
    private static partial Regex Line();

    [GeneratedRegex(@"\b(godwit|dotnet)_[a-z0-9_]+")]
    private static partial Regex Name();
}
