using Godwit.Core.Jobs;
using Godwit.Server.Jobs;
using Godwit.Server.Jobs.Device;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

public sealed class JobQuotaTests
{
    [Fact]
    public async Task A_start_that_finds_the_quota_full_cancels_its_job_and_CreateJob_is_refused()
    {
        await using var host = new JobsHost(faithfulQuotas: true);
        await host.MakeThings("dev7");
        await host.Create("planned", [JobsHost.ThingArn("dev7")], request => request with { SchedulingConfig = new() { StartTime = ScheduleTimes.Write(JobsHost.Start.AddMinutes(40)) } });
        await Fill(host, ConcurrentJobs.Max - 1);
        await host.Create("last", [JobsHost.ThingArn("dev7")]);
        // It has reached its thing and only waits: not concurrent any more.
        await Fill(host, 1);
        JobsHost.Refused(
            await host.TryCreate("more", [JobsHost.ThingArn("dev7")]), "LimitExceededException", 410,
            "1000 jobs are rolling out already. Try again when one of them has reached its things.");
        await host.Advance(TimeSpan.FromMinutes(40));
        var job = await host.Job("planned");
        Assert.Equal(("CANCELED", "CONCURRENT_JOB_LIMIT"), (job.Status, job.ReasonCode));
        Assert.Equal("SCHEDULED", await host.Get<Database>().Read(s => s.First<string>("SELECT state_from FROM journal WHERE kind = 'ConcurrentJobs'"), JobsHost.Ct));
        Assert.Equal(0, (await host.Counts("planned")).NumberOfQueuedThings);
    }

    [Fact]
    public async Task Devices_above_the_rate_are_told_to_come_again_by_either_door_and_are_served_then()
    {
        await using var host = new JobsHost(faithfulQuotas: true);
        await host.MakeThings("dev7");
        await host.Create("job", [JobsHost.ThingArn("dev7")]);
        for (var i = 0; i < DataPlaneRate.PerSecond; i++)
            Assert.Equal("get/accepted", (await host.Mqtt("dev7", "get")).Topic);
        var (topic, payload) = await host.Mqtt("dev7", "get", """{"clientToken":"t"}""");
        Assert.Equal("get/rejected", topic);
        Assert.StartsWith("""{"code":"RequestThrottled",""", payload, StringComparison.Ordinal);
        Assert.Contains("\"clientToken\":\"t\"", payload, StringComparison.Ordinal);
        var http = await host.Get<GetPendingJobExecutions>().Handle(JobsHost.Caller, new() { ThingName = "dev7" }, JobsHost.Ct);
        Assert.Equal(("ThrottlingException", 429), (http.Error!.Code, http.Error.Status));
        // Writes have a share of their own.
        await host.Report("dev7", "job", "IN_PROGRESS");
        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("get/accepted", (await host.Mqtt("dev7", "get")).Topic);
    }

    [Fact]
    public async Task Without_the_setting_nothing_is_throttled()
    {
        await using var host = new JobsHost();
        await host.MakeThings("dev7");
        for (var i = 0; i < DataPlaneRate.PerSecond + 10; i++)
            Assert.Equal("get/accepted", (await host.Mqtt("dev7", "get")).Topic);
        await Fill(host, ConcurrentJobs.Max);
        JobsHost.Ok(await host.TryCreate("more", [JobsHost.ThingArn("dev7")]));
    }

    /// <summary>Jobs that have things to reach and an hour to do it at.</summary>
    private static Task<int> Fill(JobsHost host, int count) => host.Get<Database>().Write(
        session => session.Execute(
                """
                INSERT INTO job (account, job_id, region, status, target_selection, presign_expires_sec, has_placeholders, created_at_ms, last_updated_at_ms, device_document, document)
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @count)
                SELECT @Account, 'fill-' || CAST(@count AS TEXT) || '-' || CAST(i AS TEXT), 'us-east-1', 0, 'SNAPSHOT', 3600, 0, 0, 0, '{}', '{}' FROM n
                """,
                new { JobsHost.Caller.Account, count })
            + session.Execute(
                """
                INSERT INTO job_progress (job_key, version, pending, wake_at_ms)
                SELECT j.job_key, 1, 1, 9000000000000 FROM job j WHERE NOT EXISTS (SELECT 1 FROM job_progress p WHERE p.job_key = j.job_key)
                """),
        JobsHost.Ct);
}
