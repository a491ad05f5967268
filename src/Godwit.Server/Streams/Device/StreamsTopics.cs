using Godwit.Core.Streams;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Placement;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Streams.Device;

/// <summary>The device topics of MQTT-based file delivery: <c>$aws/things/{thing}/streams/…</c>.</summary>
public sealed class StreamsTopics(StreamCache streams, IObjectBytes bytes, DeviceTrail trail, ILoggerFactory logs) : ITopicService
{
    private readonly GetStream _get = new(streams, bytes, new StreamReplies(), trail, new StreamLog(logs.CreateLogger<StreamLog>()), logs.CreateLogger<GetStream>());
    private readonly DescribeStreamForDevice _describe = new(streams, new StreamLog(logs.CreateLogger<StreamLog>()));

    public string Area => "streams";

    public IReadOnlyList<string> RequestTopics { get; } =
        ["{streamId}/describe/json", "{streamId}/describe/cbor", "{streamId}/get/json", "{streamId}/get/cbor"];

    /// <summary>Streams are only read here.</summary>
    public bool ChangesState => false;

    public Task Handle(TopicRequest request, CancellationToken ct)
    {
        var slash = request.Rest.IndexOf('/', StringComparison.Ordinal);
        switch (slash < 0 ? "" : request.Rest.AsSpan(slash + 1))
        {
            case "get/cbor":
                return _get.Handle(request, slash, StreamFormat.Cbor, ct);
            case "get/json":
                return _get.Handle(request, slash, StreamFormat.Json, ct);
            case "describe/cbor":
                return _describe.Handle(request, slash, StreamFormat.Cbor, ct);
            case "describe/json":
                return _describe.Handle(request, slash, StreamFormat.Json, ct);
            default:
                var format = request.Rest.EndsWith("/cbor", StringComparison.Ordinal) ? StreamFormat.Cbor : StreamFormat.Json;
                StreamReplies.Reject(request, format, null, StreamRejection.InvalidTopic);
                return Task.CompletedTask;
        }
    }
}
