using System.Xml.Linq;
using Godwit.Core.Jobs;
using Godwit.Core.Planning;

namespace Godwit.Core.Tests.Planning;

public class PreflightTests
{
    private static readonly PlannedRollout Careful = new(
        new RolloutRate(100, new RateGrowth(10, 2, new RateStep(50, BySucceeded: true))), [new AbortCriterion(FailureType.All, 10, 20)], 30, Continuous: false);

    [Fact]
    public void A_careful_rollout_has_no_findings() => Assert.Empty(Preflight.Check(Careful, FleetModel.Default, 1000));

    [Fact]
    public void Each_risk_is_found_at_its_field()
    {
        Found(Careful with { Abort = [] }, 1000, FindingSeverity.Warning, "awsJobAbortConfig", "reaches all 1000 devices");
        Found(Careful with { Abort = [new(FailureType.All, 10, 2000)] }, 1000, FindingSeverity.Error, "awsJobAbortConfig.abortCriteriaList[0].minNumberOfExecutedThings", "can never stop");
        Found(Careful with { Abort = [new(FailureType.All, 10, 600)] }, 1000, FindingSeverity.Warning, "awsJobAbortConfig.abortCriteriaList[0].minNumberOfExecutedThings", "come late");
        Found(Careful with { Abort = [new(FailureType.TimedOut, 10, 20)], TimeoutMinutes = null }, 1000, FindingSeverity.Warning, "awsJobAbortConfig.abortCriteriaList[0].failureType", "no timeout");
        Found(Careful with { TimeoutMinutes = null }, 1000, FindingSeverity.Warning, "awsJobTimeoutConfig", "for ever");
        Found(Careful with { TimeoutMinutes = 1 }, 1000, FindingSeverity.Warning, "awsJobTimeoutConfig.inProgressTimeoutInMinutes", "little room");
        Found(Careful with { Rate = new RolloutRate(1000), RateIsDefault = true }, 500, FindingSeverity.Warning, "awsJobExecutionsRolloutConfig", "All 500 devices");
        Found(Careful with { Rate = RolloutRate.Default, RateIsDefault = true }, 100_000, FindingSeverity.Info, "awsJobExecutionsRolloutConfig", "1000 executions a minute");
        Found(Careful, 40, FindingSeverity.Info, "awsJobExecutionsRolloutConfig.exponentialRate.rateIncreaseCriteria", "stays at 10");
        Found(Careful with { Continuous = true }, 1000, FindingSeverity.Info, "targetSelection", "never completes");
        Found(Careful with { PresignSeconds = 59 }, 1000, FindingSeverity.Warning, "awsJobPresignedUrlConfig.expiresInSec", "59 s");
        var slow = new FleetModel([new("hw=a", 1, new() { DownloadSeconds = Distribution.Of(3600), Online = Distribution.Of(0.9) })]);
        var findings = Preflight.Check(Careful, slow, 1000);
        Assert.Contains(findings, finding => finding is { Severity: FindingSeverity.Error, Field: "awsJobTimeoutConfig.inProgressTimeoutInMinutes" } && finding.Cause.Contains("of hw=a"));
        Assert.Contains(findings, finding => finding is { Field: "targets" } && finding.Cause.StartsWith("About 100 devices"));
    }

    [Fact]
    public void The_picture_is_well_formed_and_shows_the_states_that_occur_and_the_abort()
    {
        var model = new FleetModel([new("", 1, new() { RejectRate = Distribution.Of(0.5), DownloadSeconds = Distribution.Of(30) })]);
        var svg = XDocument.Parse(ForecastPicture.Draw(Forecast.Make(Careful, model, 200, 1), "a <b> & c"));
        var titles = svg.Descendants().Where(node => node.Name.LocalName == "title").Select(node => node.Value);
        Assert.Equal(["succeeded", "rejected", "in progress", "started"], titles);
        var texts = svg.Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value).ToList();
        Assert.Contains("a <b> & c", texts);
        Assert.Contains("abort", texts);
        foreach (var points in svg.Descendants().Attributes("points"))
            foreach (var point in points.Value.Split(' '))
            {
                var at = point.Split(',').Select(double.Parse).ToArray();
                Assert.InRange(at[0], 84, 936);
                Assert.InRange(at[1], 64, 396);
            }
    }

    private static void Found(PlannedRollout rollout, int devices, FindingSeverity severity, string field, string cause) =>
        Assert.Contains(
            Preflight.Check(rollout, FleetModel.Default, devices),
            finding => finding.Severity == severity && finding.Field == field && finding.Cause.Contains(cause) && finding.Remedy.Length > 0);
}
