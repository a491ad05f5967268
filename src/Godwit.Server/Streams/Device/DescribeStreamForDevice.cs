using Godwit.Core.Streams;

namespace Godwit.Server.Streams.Device;

/// <summary>DescribeStream — <c>$aws/things/{thing}/streams/{streamId}/describe/{json|cbor}</c>: version, description, file ids and sizes.</summary>
internal sealed class DescribeStreamForDevice(StreamCache streams, StreamLog words)
{
    public async Task Handle(TopicRequest request, int streamIdLength, StreamFormat format, CancellationToken ct)
    {
        var rejection = format == StreamFormat.Cbor ? CborRequest.Read(request.Payload, out var asked) : JsonRequest.Read(request.Payload, out asked);
        StreamView? view = null;
        if (rejection is null)
        {
            var streamId = request.Rest[..streamIdLength];
            view = await streams.Find(request.Caller.Account, streamId, ct);
            rejection = view is null ? StreamRejection.StreamNotFound(streamId) : null;
        }
        if (rejection is { } refused)
        {
            words.Refused("DescribeStream", request, refused.Code);
            StreamReplies.Reject(request, format, asked.ClientToken, refused);
            return;
        }
        var payload = format == StreamFormat.Cbor
            ? CborMessages.Description(asked.ClientToken, view!.Info)
            : JsonMessages.Description(asked.ClientToken, view!.Info);
        words.Answered("DescribeStream", request, view!.Info.StreamId);
        request.Reply(StreamReplies.ReplyTopic(request, "description", format), payload);
    }
}
