using CsCheck;
using Godwit.Core.Jobs;
using Godwit.Core.OtaUpdates;

namespace Godwit.Core.Tests.OtaUpdates;

public class GodwitParametersTests
{
    private static readonly string[] Names = ["retry", "stages", "stageSuccess", "maxInFlight", "maintenanceWindow", "queuedTimeoutMinutes", "lateJoiners", "shuffle"];

    [Fact]
    public void Every_name_is_read()
    {
        var read = Parse(
            ("godwit:retry", "FAILED=3, TIMED_OUT=2"), ("godwit:start", "2030-01-02T03:04"), ("godwit:end", "2030-02-02T03:04"), ("godwit:endBehavior", "CANCEL"),
            ("godwit:maintenanceWindow", "cron(0 2 ? * MON *) 120; cron(0 3 ? * SUN *) 5"), ("godwit:stages", "0.5%, 10, 100%"), ("godwit:stageSuccess", "97.25%"),
            ("godwit:maxInFlight", "50"), ("godwit:queuedTimeoutMinutes", "60"), ("godwit:lateJoiners", "rate"), ("godwit:shuffle", "rel-42"), ("ticket", "77")).Value!;
        Assert.Equal([new GodwitRetry("FAILED", 3), new GodwitRetry("TIMED_OUT", 2)], read.Retry);
        Assert.Equal(("2030-01-02T03:04", "2030-02-02T03:04", "CANCEL"), (read.Start, read.End, read.EndBehavior));
        Assert.Equal([new GodwitWindow("cron(0 2 ? * MON *)", 120), new GodwitWindow("cron(0 3 ? * SUN *)", 5)], read.MaintenanceWindows);
        Assert.Equal([0.5, 10, 100], read.Controls.Stages);
        Assert.Equal("rel-42", read.Controls.ShuffleSeed);
        Assert.Equal((97.25, 50, 60, true), (read.Controls.StageSuccess, read.Controls.MaxInFlight, read.Controls.QueuedTimeoutMinutes, read.Controls.LateJoinersAtRate));
    }

    [Fact]
    public void Whoever_asks_for_nothing_gets_nothing()
    {
        Assert.Same(GodwitParameters.None, GodwitParameters.Parse(null).Value);
        Assert.Same(GodwitParameters.None, Parse(("ticket", "77"), ("GODWIT:stages", "x")).Value);
    }

    [Theory]
    [InlineData("godwit:", "x", "additionalParameters names godwit:, which does not exist. The names are godwit:end, ")]
    [InlineData("godwit:Retry", "FAILED=1", "additionalParameters names godwit:Retry, which does not exist.")]
    [InlineData("godwit:retry", "REJECTED=1", "godwit:retry is 'REJECTED=1' and must be failure types")]
    [InlineData("godwit:retry", "FAILED=11", "godwit:retry is 'FAILED=11' and must be failure types")]
    [InlineData("godwit:stages", "10%,5%,100%", "godwit:stages is '10%,5%,100%' and must be up to 20 growing percentages")]
    [InlineData("godwit:stages", "10%", "godwit:stages is '10%' and must be percentages that end with 100%")]
    [InlineData("godwit:stages", "", "godwit:stages is '' and must be")]
    [InlineData("godwit:stageSuccess", "95%", "godwit:stageSuccess is given without godwit:stages.")]
    [InlineData("godwit:maxInFlight", "0", "godwit:maxInFlight is '0' and must be a whole number of devices")]
    [InlineData("godwit:queuedTimeoutMinutes", "-1", "godwit:queuedTimeoutMinutes is '-1' and must be")]
    [InlineData("godwit:lateJoiners", "later", "godwit:lateJoiners is 'later' and must be 'rate'")]
    [InlineData("godwit:maintenanceWindow", "cron(0 2 ? * MON *) 1431", "godwit:maintenanceWindow is 'cron(0 2 ? * MON *) 1431' and must be a cron expression")]
    [InlineData("godwit:shuffle", "", "godwit:shuffle is '' and must be a seed of 1 to 64 letters")]
    [InlineData("godwit:shuffle", "a/b", "godwit:shuffle is 'a/b' and must be a seed")]
    [InlineData("godwit:endBehavior", "STOP", "godwit:endBehavior is 'STOP' and must be STOP_ROLLOUT, CANCEL or FORCE_CANCEL.")]
    public void What_cannot_be_read_is_refused_by_name(string name, string text, string message) =>
        Assert.StartsWith(message, Parse((name, text)).Error?.Message, StringComparison.Ordinal);

    [Fact]
    public void No_text_breaks_the_reader() =>
        Gen.Select(Gen.Int[0, 7].Select(i => Names[i]), Gen.String[Gen.Char["0123456789.,%=;() cronFAILED\u0663\0"], 0, 40])
            .Sample((name, text) =>
            {
                var read = Parse(("godwit:" + name, text));
                Assert.True(read.IsOk || read.Error.Code == "InvalidRequestException");
                Assert.True(!read.IsOk || read.Value.Controls.Stages.All(stage => stage is > 0 and <= 100));
            });

    [Fact]
    public void The_gate_opens_no_wider_than_each_control_alone_and_stages_open_by_successes() =>
        Gen.Select(Gen.Int[0, 500], Gen.Int[0, 500], Gen.Int[0, 500], Gen.Int[1, 100].Array[0, 4], Gen.Int[1, 100], Gen.Int[1, 300].Nullable()).Sample((pending, started, succeeded, percents, bar, most) =>
        {
            succeeded = Math.Min(succeeded, started);
            var stages = percents.Length == 0 ? [] : percents.Append(100).Distinct().Order().Select(percent => (double)percent).ToArray();
            var counts = new JobCounts(Queued: started - succeeded, Succeeded: succeeded);
            var controls = new JobControls { Stages = stages, StageSuccess = bar, MaxInFlight = (int?)most };
            // The plain reference: walk the things one by one.
            var total = pending + started;
            var open = 0;
            while (open < pending && (most is null || counts.Open + open < most) && MayReach(started + open + 1))
                open++;
            Assert.Equal(open, RolloutGate.Open(controls, pending, started, counts));

            bool MayReach(int thing)
            {
                foreach (var stage in stages)
                {
                    var things = Math.Max(1, Math.Ceiling(total * (decimal)stage / 100));
                    if (thing <= things)
                        return true;
                    if (succeeded * 100m < bar * things)
                        return false;
                }
                return true;
            }
        });

    private static Result<GodwitParameters> Parse(params (string Name, string Text)[] parameters) =>
        GodwitParameters.Parse(parameters.ToDictionary(pair => pair.Name, pair => pair.Text));
}
