using Godwit.Core;
using Godwit.Server.Jobs;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Streams;
using Godwit.Server.Tags;

namespace Godwit.Server.Tests.OtaUpdates;

public sealed class DeleteOtaUpdateTests : OtaUpdateTests
{
    [Fact]
    public async Task A_job_that_runs_keeps_the_update_and_nothing_changes()
    {
        await CreateAndFinish(Request());
        var refused = (await Delete()).Error!;
        Assert.Equal(("InvalidRequestException", 400), (refused.Code, refused.Status));
        Assert.Contains("AFR_OTA-rel42 is IN_PROGRESS", refused.Message, StringComparison.Ordinal);
        Assert.Equal("CREATE_COMPLETE", (await Get())!.OtaUpdateStatus);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_canceled_job_goes_with_the_update_and_the_stream_if_it_is_asked_for(bool deleteStream)
    {
        await CreateAndFinish(Request() with { Tags = [new Tag { Key = "a" }] });
        await Server.Get<CancelJob>().Handle(TestObjects.Caller, new CancelJob.Request { JobId = "AFR_OTA-rel42" }, Ct);
        Assert.True((await Delete(deleteStream)).IsOk);
        Assert.Null(await Finished());
        Assert.True(await FindJob() is null or { Status: "DELETION_IN_PROGRESS" });
        Assert.Equal(deleteStream ? 0 : 1, (await Streams()).Count);
        Assert.Equal(
            ["DeleteOTAUpdate", "DeleteOTAUpdate/DeleteJob", "DeleteOTAUpdate/DeleteStream", "DeleteOTAUpdate"], (await Journal("otaupdate/rel42")).TakeLast(4));
        Assert.Empty(await Server.Get<Godwit.Server.Storage.Database>().Read(s => ResourceTags.Of(s, TestObjects.Caller.Account, "otaupdate/rel42"), Ct));
    }

    [Fact]
    public async Task Force_deletes_a_running_job_and_frees_the_id()
    {
        await CreateAndFinish(Request());
        Assert.True((await Delete(deleteStream: true, force: true)).IsOk);
        Assert.Null(await Finished());
        Assert.Empty(await Streams());
        Assert.True((await Create(Request())).IsOk);
    }

    [Fact]
    public async Task The_callers_own_stream_stays_whatever_is_asked()
    {
        await Server.Get<CreateStream>().Handle(TestObjects.Caller, new CreateStream.Request
        {
            StreamId = "mine", RoleArn = Role, Files = [new(0, new S3Location("firmware", "app.bin"))],
        }, Ct);
        await CreateAndFinish(Request() with { Files = [File() with { FileLocation = new FileLocation { Stream = new StreamReference { StreamId = "mine", FileId = 0 } } }] });
        await Delete(deleteStream: true, force: true);
        Assert.Null(await Finished());
        Assert.Equal("mine", Assert.Single(await Streams()).StreamId);
    }

    [Fact]
    public async Task What_is_gone_already_counts_as_deleted()
    {
        await CreateAndFinish(Request());
        await Server.Get<DeleteJob>().Handle(TestObjects.Caller, new DeleteJob.Request { JobId = "AFR_OTA-rel42", Force = true }, Ct);
        await Server.Get<DeleteStream>().Handle(TestObjects.Caller, new DeleteStream.Request { StreamId = (await Streams())[0].StreamId }, Ct);
        Assert.True((await Delete(deleteStream: true)).IsOk);
        Assert.Null(await Finished());
    }

    [Fact]
    public async Task A_failed_update_is_deleted_and_its_id_is_free()
    {
        await CreateAndFinish(Request() with { Files = [File("nothing.bin")] });
        Assert.True((await Delete()).IsOk);
        Assert.Null(await Finished());
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Request())).OtaUpdateStatus);
    }

    [Fact]
    public async Task An_unknown_update_is_not_found() => Assert.Equal("ResourceNotFoundException", (await Delete()).Error!.Code);

    [Fact]
    public async Task An_update_with_a_step_to_do_cannot_be_deleted()
    {
        var reached = new TaskCompletionSource();
        using var go = new ManualResetEventSlim();
        Server.Get<OtaUpdateCreation>().Seam = (step, _) =>
        {
            if (step == "before CreateJob")
            {
                reached.SetResult();
                go.Wait(Ct);
            }
        };
        await Create(Request());
        await reached.Task;
        var refused = (await Delete(force: true)).Error!;
        Assert.Equal(("VersionConflictException", 409), (refused.Code, refused.Status));
        Assert.Contains("CREATE_IN_PROGRESS", refused.Message, StringComparison.Ordinal);
        go.Set();
        Assert.Equal("CREATE_COMPLETE", (await Finished())!.OtaUpdateStatus);
    }

    private Task<Result<Nothing>> Delete(bool deleteStream = false, bool force = false) => Server.Get<DeleteOtaUpdate>().Handle(
        TestObjects.Caller, new DeleteOtaUpdate.Request { OtaUpdateId = "rel42", DeleteStream = deleteStream, ForceDeleteAWSJob = force }, Ct);
}
