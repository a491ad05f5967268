using Godwit.Server.OtaUpdates;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.OtaUpdates;

/// <summary>The service ends at every point between and behind steps, and the next start goes on.</summary>
public sealed class OtaUpdateRecoveryTests : OtaUpdateTests
{
    public static TheoryData<string, string> CreationPoints
    {
        get
        {
            var points = new TheoryData<string, string>();
            foreach (var protocol in (string[])["MQTT", "HTTP"])
            {
                foreach (var step in (string[])["CheckObjects", "CreateStream", "WriteJobDocument", "CreateJob"])
                {
                    if (protocol == "HTTP" && step == "CreateStream")
                        continue;
                    points.Add(protocol, $"before {step}");
                    points.Add(protocol, $"after {step}");
                }
            }
            return points;
        }
    }

    [Theory]
    [MemberData(nameof(CreationPoints))]
    public async Task A_creation_that_was_cut_off_is_finished_by_the_next_start(string protocol, string point)
    {
        var reached = new TaskCompletionSource();
        Server.Get<OtaUpdateCreation>().Seam = (at, _) => EndAt(point, at, reached);
        await Create(Request() with { Protocols = [protocol] });
        await reached.Task;
        Assert.StartsWith("CREATE_", (await Get())!.OtaUpdateStatus, StringComparison.Ordinal);
        Assert.NotEqual("CREATE_COMPLETE", (await Get())!.OtaUpdateStatus);

        var again = new List<string>();
        await Server.Restart(server => server.Get<OtaUpdateCreation>().Seam = (at, _) => again.Add(at));
        var update = await Finished();
        Assert.True(update!.OtaUpdateStatus == "CREATE_COMPLETE", update.ErrorInfo?.Message);
        // It went on with the step that had not been recorded, not from the beginning.
        Assert.Equal($"before {point[(point.IndexOf(' ', StringComparison.Ordinal) + 1)..]}", again[0]);
        Assert.Equal(protocol == "MQTT" ? 1 : 0, (await Streams()).Count);
        Assert.Equal(protocol == "MQTT" ? (await Streams())[0].StreamId : null, StreamOf(await Document()));
        Assert.Equal(1, await Count("SELECT COUNT(*) FROM journal WHERE kind = 'CreateJob'"));
        Assert.Equal(protocol == "MQTT" ? 1 : 0, await Count("SELECT COUNT(*) FROM journal WHERE kind = 'CreateStream'"));
    }

    [Theory]
    [InlineData("before DeleteJob")]
    [InlineData("after DeleteJob")]
    [InlineData("before DeleteStream")]
    [InlineData("after DeleteStream")]
    [InlineData("before DeleteEntry")]
    [InlineData("after DeleteEntry")]
    public async Task A_deletion_that_was_cut_off_is_finished_by_the_next_start(string point)
    {
        await CreateAndFinish(Request());
        var reached = new TaskCompletionSource();
        Server.Get<OtaUpdateDeletion>().Seam = (at, _) => EndAt(point, at, reached);
        var deleted = await Server.Get<DeleteOtaUpdate>().Handle(
            TestObjects.Caller, new DeleteOtaUpdate.Request { OtaUpdateId = "rel42", DeleteStream = true, ForceDeleteAWSJob = true }, Ct);
        Assert.True(deleted.IsOk);
        await reached.Task;
        Assert.Equal("DELETE_IN_PROGRESS", (await Get())!.OtaUpdateStatus);

        await Server.Restart();
        Assert.Null(await Finished());
        Assert.Empty(await Streams());
        Assert.True(await FindJob() is null or { Status: "DELETION_IN_PROGRESS" });
    }

    [Fact]
    public async Task A_fault_of_the_service_ends_in_an_errorInfo_and_a_failed_deletion_can_be_repeated()
    {
        Server.Get<OtaUpdateCreation>().Seam = (_, _) => throw new InvalidOperationException("bug");
        var update = await CreateAndFinish(Request());
        Assert.Equal(("CREATE_FAILED", "InternalFailureException"), (update.OtaUpdateStatus, update.ErrorInfo?.Code));

        var faulty = true;
        Server.Get<OtaUpdateDeletion>().Seam = (_, _) =>
        {
            if (faulty)
                throw new InvalidOperationException("bug");
        };
        await Delete();
        Assert.Equal("DELETE_FAILED", (await Finished())!.OtaUpdateStatus);
        faulty = false;
        await Delete();
        Assert.Null(await Finished());
    }

    private static void EndAt(string point, string at, TaskCompletionSource reached)
    {
        if (at != point)
            return;
        reached.TrySetResult();
        // What a step sees when the process ends under it.
        throw new OperationCanceledException();
    }

    private Task Delete() => Server.Get<DeleteOtaUpdate>().Handle(TestObjects.Caller, new DeleteOtaUpdate.Request { OtaUpdateId = "rel42" }, Ct);

    private Task<long> Count(string sql) => Server.Get<Database>().Read(s => s.First<long>(sql), Ct);
}
