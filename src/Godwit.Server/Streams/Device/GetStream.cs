using System.Buffers;
using Godwit.Core.Objects;
using Godwit.Core.Streams;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Placement;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Streams.Device;

/// <summary>
/// GetStream — <c>$aws/things/{thing}/streams/{streamId}/get/{json|cbor}</c>: some blocks of a file, one message each.
/// While stream and image are at hand and the device takes what it is sent, a request runs to its end without waiting and, in CBOR, without allocating.
/// </summary>
internal sealed partial class GetStream(StreamCache streams, IObjectBytes bytes, StreamReplies replies, DeviceTrail trail, StreamLog words, ILogger<GetStream> log)
{
    private const StreamFormat Cbor = StreamFormat.Cbor;

    public Task Handle(TopicRequest request, int streamIdLength, StreamFormat format, CancellationToken ct)
    {
        var rejection = format == Cbor ? CborRequest.Read(request.Payload, out var asked) : JsonRequest.Read(request.Payload, out asked);
        if (rejection is { } wrong)
        {
            Reject(request, format, asked.ClientToken, wrong);
            return Task.CompletedTask;
        }
        if (!streams.TryGet(request.Caller.Account, request.Rest.AsSpan(0, streamIdLength), out var view))
            return FindAndAnswer(request, asked, request.Rest[..streamIdLength], format, ct);
        return Answer(request, asked, view!, format, ct);
    }

    private async Task FindAndAnswer(TopicRequest request, BlockRequest asked, string streamId, StreamFormat format, CancellationToken ct)
    {
        var view = await streams.Find(request.Caller.Account, streamId, ct);
        if (view is null)
            Reject(request, format, asked.ClientToken, StreamRejection.StreamNotFound(streamId));
        else
            await Answer(request, asked, view, format, ct);
    }

    private Task Answer(TopicRequest request, in BlockRequest asked, StreamView view, StreamFormat format, CancellationToken ct)
    {
        var served = default(ServedFile);
        var rejection = BlockPlan.For(asked, view.Info, out var file, out var plan);
        if (rejection is null)
        {
            served = view.File(file!.FileId)!;
            rejection = served.Refusal;
        }
        if (rejection is { } refused)
        {
            Reject(request, format, asked.ClientToken, refused);
            return Task.CompletedTask;
        }
        Note(request, view, served!, plan);
        var answer = new Reply(request, asked.ClientToken, served!, format, replies.DataTopic(request, format));
        var mapping = Map(served!.Bytes, ct);
        return mapping.IsCompletedSuccessfully ? Send(answer, mapping.Result, plan, ct) : SendMapped(answer, mapping, plan, ct);
    }

    private void Note(TopicRequest request, StreamView view, ServedFile served, in BlockPlan plan)
    {
        var (count, last, inFile) = (0, 0, (int)((served.File.Size + plan.BlockSize - 1) / plan.BlockSize));
        var parts = default(BlockParts);
        foreach (var block in plan)
        {
            (count, last) = (count + 1, block.Index);
            parts.Mark(block.Index, inFile);
        }
        StreamMetrics.Answered(count);
        trail.Blocks(request.Caller.Account, request.Thing, view.Info.StreamId, count, last, inFile, parts);
        words.Answered("GetStream", request, view.Info.StreamId);
    }

    private void Reject(TopicRequest request, StreamFormat format, string? token, in StreamRejection rejection)
    {
        StreamMetrics.Rejected(rejection.Code);
        trail.Refused(request.Caller.Account, request.Thing, $"{rejection.Code}: {rejection.Message}");
        words.Refused("GetStream", request, rejection.Code);
        StreamReplies.Reject(request, format, token, rejection);
    }

    private ValueTask<BytesLease> Map(BytesId id, CancellationToken ct)
    {
        try
        {
            return bytes.Map(id, ct);
        }
        catch (IOException failure)
        {
            return ValueTask.FromException<BytesLease>(failure);
        }
    }

    private async Task SendMapped(Reply answer, ValueTask<BytesLease> mapping, BlockPlan plan, CancellationToken ct)
    {
        BytesLease lease;
        try
        {
            lease = await mapping;
        }
        catch (IOException failure)
        {
            LogUnreadable(failure, answer.Served.File.Bucket, answer.Served.File.Key);
            Reject(answer.Request, answer.Format, answer.Token, StreamRejection.InternalError);
            return;
        }
        await Send(answer, lease, plan, ct);
    }

    /// <summary>Sends block after block; only where the device is slower than we are does it turn into something that waits.</summary>
    private static Task Send(in Reply answer, BytesLease lease, in BlockPlan plan, CancellationToken ct)
    {
        var head = ArrayPool<byte>.Shared.Rent(CborMessages.DataHeadBytesMax);
        var blocks = plan.GetEnumerator();
        while (blocks.MoveNext())
        {
            var sent = SendBlock(answer, lease.Memory, head, blocks.Current, ct);
            if (!sent.IsCompletedSuccessfully)
                return SendRest(answer, lease, head, sent, blocks, ct);
            sent.GetAwaiter().GetResult();
        }
        Return(lease, head);
        return Task.CompletedTask;
    }

    private static async Task SendRest(
        Reply answer, BytesLease lease, byte[] head, ValueTask waiting, BlockPlan.Enumerator blocks, CancellationToken ct)
    {
        try
        {
            await waiting;
            while (blocks.MoveNext())
                await SendBlock(answer, lease.Memory, head, blocks.Current, ct);
        }
        finally
        {
            Return(lease, head);
        }
    }

    private static ValueTask SendBlock(in Reply answer, ReadOnlyMemory<byte> image, byte[] head, in Block block, CancellationToken ct)
    {
        var payload = image.Slice((int)block.Offset, block.Length);
        if (answer.Format == Cbor)
        {
            var headLength = CborMessages.WriteDataHead(head, answer.Token, answer.Served.File.FileId, block);
            // No lease goes with it: mapped memory stays readable as long as the outbox refers to it.
            return answer.Request.ReplyBlock(answer.Topic, head.AsMemory(0, headLength), payload, CborMessages.DataTail, null, ct);
        }
        var message = JsonMessages.Data(answer.Token, answer.Served.File.FileId, block, payload.Span);
        return answer.Request.ReplyBlock(answer.Topic, default, message, default, null, ct);
    }

    private static void Return(BytesLease lease, byte[] head)
    {
        lease.Dispose();
        ArrayPool<byte>.Shared.Return(head);
    }

    /// <summary>What all messages of one answer share.</summary>
    private readonly record struct Reply(TopicRequest Request, string? Token, ServedFile Served, StreamFormat Format, string Topic);

    [LoggerMessage(Level = LogLevel.Error, Message = "The bytes of {Bucket}/{Key} cannot be read; devices that ask for them are refused")]
    private partial void LogUnreadable(Exception failure, string bucket, string key);
}
