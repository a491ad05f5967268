using Bunit;
using Godwit.Core.Jobs;
using Godwit.Pages.OtaUpdates;
using Godwit.Pages.Overview;
using Godwit.Pages.Shared;
using Godwit.Pages.Things;
using Godwit.Server.Jobs.Progress;
using Godwit.Server.OtaUpdates.Versions;

namespace Godwit.Console.Tests;

public sealed class ComponentTests : BunitContext
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_funnel_tells_where_devices_are_and_how_long_steps_take()
    {
        var html = Render<Funnel>(one => one.Add(funnel => funnel.Progress, Progress())).Markup;
        var counts = Render<Funnel>(one => one.Add(funnel => funnel.Progress, Progress())).FindAll(".funnel-count").Select(count => count.TextContent).ToList();
        Assert.Equal(["40", "10", "15", "5", "25"], counts);
        Assert.Contains("median 3 s, 9 in 10 within 8 s", html, StringComparison.Ordinal);
        Assert.Contains("4 failed", html, StringComparison.Ordinal);
        Assert.DoesNotContain("0 rejected", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_abort_bar_tells_how_near_it_is_and_that_it_does_not_count_yet()
    {
        var bars = Render<AbortBars>(one => one.Add(bar => bar.Bars, [new("FAILED", 10, 50, 4, 30)]));
        Assert.Contains("4 of 30 ended (13.3\u00a0%)", bars.Markup, StringComparison.Ordinal);
        Assert.Contains("20 to go", bars.Markup, StringComparison.Ordinal);
        Assert.Contains("Nothing stops this rollout", Render<AbortBars>(one => one.Add(bar => bar.Bars, [])).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Causes_show_what_devices_said_as_text()
    {
        var clusters = Render<FailureClusters>(one => one.Add(list => list.Clusters, [new("x", "FAILED", "<b>odd</b>", "", "<script>alert(1)</script>", 7, ["a/b"])]));
        Assert.Contains("&lt;script&gt;", clusters.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>odd", clusters.Markup, StringComparison.Ordinal);
        Assert.Equal("/console/devices/a%2Fb", clusters.Find(".cluster-things a").GetAttribute("href"));
        Assert.Contains("and 6 more", clusters.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void The_blast_radius_is_what_was_reached_and_what_is_in_flight()
    {
        var text = Render<BlastRadius>(one => one.Add(radius => radius.Progress, Progress())).Markup;
        Assert.Contains("60 of 100", text, StringComparison.Ordinal);
        Assert.Contains("at most 30 more", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_stopped_rollout_spared_is_told()
    {
        var stopped = Progress() with { Status = "CANCELED", Pending = 0, Spared = 40, Counts = new JobCounts(Succeeded: 25, Failed: 34, TimedOut: 1), CompletedAt = Noon.AddMinutes(1) };
        var radius = Render<BlastRadius>(one => one.Add(all => all.Progress, stopped)).Markup;
        Assert.Contains("60 of 100", radius, StringComparison.Ordinal);
        Assert.Contains("never reached since it was stopped", radius, StringComparison.Ordinal);
        Assert.Contains("nobody else", radius, StringComparison.Ordinal);
        var funnel = Render<Funnel>(one => one.Add(steps => steps.Progress, stopped));
        Assert.Equal("never reached", funnel.Find(".funnel-name").TextContent);
        Assert.Equal("40", funnel.Find(".funnel-count").TextContent);
    }

    [Fact]
    public void The_chart_draws_every_curve_and_the_rates_that_were_earned()
    {
        var progress = Progress() with
        {
            Rate = new(40, 100, 10, 2, 10, true),
            Curve = [new(0, 0, 0, 0), new(10, 10, 5, 0), new(20, 30, 12, 1), new(30, 60, 25, 4)],
        };
        var chart = Render<RolloutChart>(one => one.Add(c => c.Progress, progress).Add(c => c.NowSecond, 40).Add(c => c.Planned, new PlannedCurve(
            60, [(0, 0), (60, 60)], [(0, 0), (60, 50)], [(0, 0), (60, 20)], 60)));
        Assert.Equal(2, chart.FindAll(".curve-started").Count);
        Assert.All(chart.FindAll(".band, .planned, .curve"), path => Assert.StartsWith("M", path.GetAttribute("d"), StringComparison.Ordinal));
        Assert.Equal([(0, 10), (20, 20), (30, 40)], RateSteps.Of(progress).Select(step => ((int)step.Second, step.PerMinute)));
        Assert.Contains("60 of 100 devices started", chart.Find("svg").GetAttribute("aria-label"), StringComparison.Ordinal);
    }

    [Fact]
    public void Versions_stack_up_to_the_whole_fleet()
    {
        var data = new ListFleetVersions.Response([Noon, Noon.AddMinutes(10), Noon.AddMinutes(20)], [new("1.0", 30, 0, [80, 50, 30]), new("1.1", 50, 48, [0, 30, 50])]);
        var chart = Render<VersionsChart>(one => one.Add(c => c.Data, data).Add(c => c.Things, 100));
        Assert.Contains("not updated from here: 20", chart.Markup, StringComparison.Ordinal);
        Assert.Equal(3, chart.FindAll(".only-wide .area").Count);
    }

    [Fact]
    public void The_block_map_has_a_cell_for_each_part()
    {
        var map = Render<BlockMap>(one => one.Add(m => m.Map, "ssr."));
        Assert.Equal(["fill-ok", "fill-ok", "fill-timeout", "fill-pending"], map.FindAll("rect").Select(cell => cell.ClassName));
        Assert.Equal("3 of 4 parts sent, 1 of them more than once", map.Find("svg").GetAttribute("aria-label"));
    }

    [Theory]
    [InlineData(0.25, "0.25 s")]
    [InlineData(75, "75 s")]
    [InlineData(600, "10 min")]
    [InlineData(7500, "2 h 5 min")]
    [InlineData(200_000, "2.3 days")]
    public void Spans_of_time_are_told_as_people_do(double seconds, string told) => Assert.Equal(told, Words.Span(seconds));

    private static DescribeJobProgress.Response Progress() => new()
    {
        JobId = "AFR_OTA-x", Status = "IN_PROGRESS", Paused = false, CreatedAt = Noon, Things = 100, Pending = 40, Resolving = false,
        Counts = new JobCounts(Queued: 10, InProgress: 20, Succeeded: 25, Failed: 4, TimedOut: 1), Retried = 0, SelfTest = 5,
        Rate = new(10, 10, null, null, null, null), Abort = [], BucketSeconds = 10, Curve = [],
        Steps = new JobSteps { Begin = new StepTime(3, 8, 50) }, Failures = [], Quiet = [], Scanned = 60, IsSample = false, IsBeingDrawn = false, Seq = 1,
    };
}
