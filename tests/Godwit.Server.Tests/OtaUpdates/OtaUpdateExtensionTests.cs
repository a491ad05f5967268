using Godwit.Core.Jobs;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.OtaUpdates;

public sealed class OtaUpdateExtensionTests : OtaUpdateTests
{
    [Fact]
    public async Task Retries_stages_and_the_schedule_stand_in_the_job()
    {
        var end = ScheduleTimes.Write(TimeProvider.System.GetUtcNow().AddDays(3));
        var update = await CreateAndFinish(Request() with
        {
            AwsJobTimeoutConfig = new TimeoutConfig { InProgressTimeoutInMinutes = 5 },
            AdditionalParameters = new Dictionary<string, string>
            {
                ["godwit:retry"] = "FAILED=3,TIMED_OUT=2", ["godwit:end"] = end, ["godwit:stages"] = "10%,100%", ["ticket"] = "77",
            },
        });
        Assert.True(update.OtaUpdateStatus == "CREATE_COMPLETE", update.ErrorInfo?.Message);
        Assert.Equal(4, update.AdditionalParameters!.Count);
        var job = (await FindJob())!;
        Assert.Equal([("FAILED", 3), ("TIMED_OUT", 2)], job.JobExecutionsRetryConfig!.CriteriaList.Select(criterion => (criterion.FailureType, criterion.NumberOfRetries)));
        Assert.Equal((end, "STOP_ROLLOUT"), (job.SchedulingConfig!.EndTime, job.SchedulingConfig.EndBehavior));
        var controls = await Server.Get<Database>().Read(session => session.First<string>("SELECT controls FROM job WHERE job_id = 'AFR_OTA-rel42'"), TestContext.Current.CancellationToken);
        Assert.Contains("\"Stages\":[10,100]", controls, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("godwit:shuffel", "7", "additionalParameters names godwit:shuffel, which does not exist.")]
    [InlineData("godwit:end", "2399-01-01T00:00", "endTime 2399-01-01T00:00 must lie within 2 years from now.")]
    [InlineData("godwit:retry", "TIMED_OUT=1", "Retries for TIMED_OUT need a timeoutConfig")]
    [InlineData("godwit:maintenanceWindow", "cron(0 2 ? * MON *) 60", "TargetSelection is invalid. MaintenanceWindow cannot be used with SNAPSHOT job.")]
    [InlineData("godwit:lateJoiners", "rate", "godwit:lateJoiners is for targetSelection CONTINUOUS")]
    public async Task What_cannot_be_is_refused_at_once(string name, string value, string message)
    {
        var created = await Create(Request() with { AdditionalParameters = new Dictionary<string, string> { [name] = value } });
        Assert.StartsWith(message, created.Error?.Message, StringComparison.Ordinal);
        Assert.Null(await FindJob());
    }
}
