using System.Collections.Concurrent;
using Godwit.Core.Streams;

namespace Godwit.Server.Streams.Device;

/// <summary>The topics on which answers go, and refusals.</summary>
internal sealed class StreamReplies
{
    /// <summary>How many data topics are remembered: enough for the devices that download at one time, a few MiB at most.</summary>
    private const int TopicsMax = 16384;

    private readonly ConcurrentDictionary<string, string> _dataTopics = new(StringComparer.Ordinal);

    /// <summary><c>…/data/{format}</c> for a request on <c>…/get/{format}</c>; a device asks hundreds of times on one topic, so the text is made once.</summary>
    public string DataTopic(TopicRequest request, StreamFormat format)
    {
        if (_dataTopics.TryGetValue(request.Topic, out var topic))
            return topic;
        if (_dataTopics.Count >= TopicsMax)
            _dataTopics.Clear();
        topic = ReplyTopic(request, "data", format);
        _dataTopics[request.Topic] = topic;
        return topic;
    }

    /// <summary><c>$aws/things/{thing}/streams/{streamId}/{kind}/{format}</c> beside the request's own topic.</summary>
    public static string ReplyTopic(TopicRequest request, string kind, StreamFormat format)
    {
        var area = request.Topic.AsSpan(0, request.Topic.Length - request.Rest.Length);
        var slash = request.Rest.IndexOf('/', StringComparison.Ordinal);
        var streamId = slash < 0 ? request.Rest : request.Rest.AsSpan(0, slash);
        return $"{area}{streamId}/{kind}/{(format == StreamFormat.Cbor ? "cbor" : "json")}";
    }

    public static void Reject(TopicRequest request, StreamFormat format, string? token, StreamRejection rejection)
    {
        // A token that is refused for its length is not sent back. AWS: MQTT-based file delivery > Handling errors.
        var echoed = StreamRejection.CheckClientToken(token) is null ? token : null;
        var payload = format == StreamFormat.Cbor ? CborMessages.Rejected(echoed, rejection) : JsonMessages.Rejected(echoed, rejection);
        request.Reply(ReplyTopic(request, "rejected", format), payload);
    }
}
