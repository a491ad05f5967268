using Godwit.Server.Jobs;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.OtaUpdates;

/// <summary>An update's id may have 64 characters, so its job's has 72, eight more than the model gives a job id.</summary>
public sealed class LongestOtaUpdateIdTests : OtaUpdateTests
{
    [Fact]
    public async Task Its_job_is_found_through_the_door_though_none_can_be_created_there()
    {
        var id = new string('x', 64);
        await using var server = await TestServer.Start();
        using var iot = new SignedClient(server.Address, TestServer.Key, "iot", TimeProvider.System);
        using var devices = new SignedClient(server.Address, TestServer.Key, "iot-jobs-data", TimeProvider.System);
        await server.Get<CreateThing>().Handle(TestObjects.Caller, new CreateThing.Request { ThingName = "dev7" }, Ct);
        var made = await server.Get<CreateJob>().Handle(
            TestObjects.Caller, new CreateJob.Request { JobId = $"AFR_OTA-{id}", Targets = [Dev7], Document = "{}" }, Ct);
        Assert.True(made.IsOk);

        Assert.Equal(200, (await iot.Get($"/jobs/AFR_OTA-{id}")).Status);
        Assert.Equal(200, (await iot.Get($"/jobs/AFR_OTA-{id}/job-document")).Status);
        var update = await devices.Send("POST", $"/things/dev7/jobs/AFR_OTA-{id}", """{"status":"IN_PROGRESS"}""");
        Assert.DoesNotContain("validation", update.Text, StringComparison.Ordinal);

        var tooLong = await iot.Get($"/jobs/AFR_OTA-{id}x");
        Assert.Equal(400, tooLong.Status);
        Assert.Contains("length less than or equal to 72", tooLong.Text, StringComparison.Ordinal);
        var create = await iot.Send("PUT", $"/jobs/{id}x", $$"""{"targets":["{{Dev7}}"],"document":"{}"}""");
        Assert.Equal(400, create.Status);
        Assert.Contains("length less than or equal to 64", create.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_created_and_deleted_like_any_other()
    {
        var id = new string('x', 64);
        var update = await CreateAndFinish(Request(id));
        Assert.Equal(("CREATE_COMPLETE", $"AFR_OTA-{id}"), (update.OtaUpdateStatus, update.AwsIotJobId));
        await Server.Get<DeleteOtaUpdate>().Handle(TestObjects.Caller, new DeleteOtaUpdate.Request { OtaUpdateId = id, ForceDeleteAWSJob = true }, Ct);
        Assert.Null(await Finished(id));
    }
}
