using System.Text;
using System.Text.Json;
using Godwit.Core;
using Godwit.Server.Jobs;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Storage;
using Godwit.Server.Streams;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.OtaUpdates;

/// <summary>All slices with a bucket, an image, a thing and a group, and the words to make updates of them.</summary>
public abstract class OtaUpdateTests : IAsyncLifetime
{
    protected const string Role = "arn:aws:iam::000000000000:role/ota-service";

    protected const string Dev7 = "arn:aws:iot:us-east-1:000000000000:thing/dev7";

    protected const string Fleet = "arn:aws:iot:us-east-1:000000000000:thinggroup/fleet";

    private SliceHost? _server;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected SliceHost Server => _server!;

    public virtual async ValueTask InitializeAsync()
    {
        _server = await SliceHost.Start();
        await _server.MakeBucket("firmware");
        await _server.PutObject("firmware", "app.bin", TestObjects.Image(10_000));
        await _server.Get<CreateThing>().Handle(TestObjects.Caller, new CreateThing.Request { ThingName = "dev7" }, Ct);
        await _server.Get<CreateThingGroup>().Handle(TestObjects.Caller, new CreateThingGroup.Request { ThingGroupName = "fleet" }, Ct);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    protected static CodeSigning Signed(string text = "MEUCIQDx", string hash = "SHA256", string algorithm = "ECDSA") => new()
    {
        CustomCodeSigning = new CustomCodeSigning
        {
            Signature = new CodeSigningSignature { InlineDocument = Encoding.UTF8.GetBytes(text) },
            CertificateChain = new CodeSigningCertificateChain { CertificateName = "/certs/sign.crt" },
            HashAlgorithm = hash,
            SignatureAlgorithm = algorithm,
        },
    };

    protected static OtaUpdateFile File(string key = "app.bin", string? version = null, string bucket = "firmware") => new()
    {
        FileName = "/fw/app.bin",
        FileLocation = new FileLocation { S3Location = new S3Location(bucket, key, version) },
        CodeSigning = Signed(),
    };

    protected static CreateOtaUpdate.Request Request(string id = "rel42") => new() { OtaUpdateId = id, Targets = [Dev7], Files = [File()], RoleArn = Role };

    protected Task<Result<CreateOtaUpdate.Response>> Create(CreateOtaUpdate.Request request) => Server.Get<CreateOtaUpdate>().Handle(TestObjects.Caller, request, Ct);

    protected async Task<GetOtaUpdate.Details> CreateAndFinish(CreateOtaUpdate.Request request)
    {
        var created = await Create(request);
        Assert.True(created.IsOk, created.Error?.Message);
        return (await Finished(request.OtaUpdateId))!;
    }

    protected async Task<GetOtaUpdate.Details?> Get(string id = "rel42")
    {
        var found = await Server.Get<GetOtaUpdate>().Handle(TestObjects.Caller, new GetOtaUpdate.Request { OtaUpdateId = id }, Ct);
        return found.IsOk ? found.Value.OtaUpdateInfo : null;
    }

    /// <summary>Waits until the update has no step left; null once it is gone.</summary>
    protected async Task<GetOtaUpdate.Details?> Finished(string id = "rel42")
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var bell = Server.Get<OtaUpdateBell>();
        while (true)
        {
            var carried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void Heard() => carried.TrySetResult();
            bell.Carried += Heard;
            try
            {
                var found = await Get(id);
                if (found is not { OtaUpdateStatus: "CREATE_PENDING" or "CREATE_IN_PROGRESS" or "DELETE_IN_PROGRESS" })
                    return found;
                await carried.Task.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"OTA update {id} is still {(await Get(id))?.OtaUpdateStatus} after a minute.");
            }
            finally
            {
                bell.Carried -= Heard;
            }
        }
    }

    protected async Task<string> Document(string id = "rel42") =>
        (await Server.Get<GetJobDocument>().Handle(TestObjects.Caller, new GetJobDocument.Request { JobId = $"AFR_OTA-{id}" }, Ct)).Value.Document;

    protected async Task<Job?> FindJob(string id = "rel42")
    {
        var found = await Server.Get<DescribeJob>().Handle(TestObjects.Caller, new DescribeJob.Request { JobId = $"AFR_OTA-{id}" }, Ct);
        return found.IsOk ? found.Value.Job : null;
    }

    protected static string? StreamOf(string document) =>
        JsonDocument.Parse(document).RootElement.GetProperty("afr_ota").TryGetProperty("streamname", out var name) ? name.GetString() : null;

    protected async Task<IReadOnlyList<ListStreams.Summary>> Streams() =>
        (await Server.Get<ListStreams>().Handle(TestObjects.Caller, new ListStreams.Request(), Ct)).Value.Streams;

    protected Task<List<string>> Journal(string subject) =>
        Server.Get<Database>().Read(s => s.Query<string>("SELECT kind FROM journal WHERE subject = @subject ORDER BY seq", new { subject }), Ct);
}
