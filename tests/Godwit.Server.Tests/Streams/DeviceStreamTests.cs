using System.Text;
using Godwit.Server.Streams;
using Godwit.Server.Streams.Device;

namespace Godwit.Server.Tests.Streams;

/// <summary>A stream of a 10,000 byte image on a running service, asked as devices ask.</summary>
public abstract class DeviceStreamTests : IAsyncLifetime
{
    protected const string StreamId = "AFR_OTA-00000000-1111-2222-3333-444444444444";

    private SliceHost? _server;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected static byte[] Image { get; } = TestObjects.Image(10_000);

    protected SliceHost Server => _server!;

    protected ITopicService Topics { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await SliceHost.Start();
        await _server.MakeBucket("firmware");
        await _server.PutObject("firmware", "app.bin", Image);
        Topics = _server.Get<IEnumerable<ITopicService>>().OfType<StreamsTopics>().Single();
        await Create(StreamId, new StreamFileLocation(0, new S3Location("firmware", "app.bin")));
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    protected async Task Create(string streamId, params StreamFileLocation[] files)
    {
        var made = await Server.Get<CreateStream>().Handle(TestObjects.Caller, new CreateStream.Request
        {
            StreamId = streamId, Description = "firmware for dev7", Files = files, RoleArn = "arn:aws:iam::000000000000:role/ota",
        }, Ct);
        Assert.True(made.IsOk, made.Error?.Message);
    }

    internal async Task<FakeTopicRequest> Ask(string rest, byte[] payload)
    {
        var request = new FakeTopicRequest(rest, payload);
        await Topics.Handle(request, Ct);
        return request;
    }

    internal Task<FakeTopicRequest> AskCbor(string hex, string operation = "get") => Ask($"{StreamId}/{operation}/cbor", Bytes(hex));

    internal Task<FakeTopicRequest> AskJson(string json, string operation = "get") => Ask($"{StreamId}/{operation}/json", Encoding.UTF8.GetBytes(json));

    protected static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    protected static string Topic(string kind, string format) => $"$aws/things/dev7/streams/{StreamId}/{kind}/{format}";
}
