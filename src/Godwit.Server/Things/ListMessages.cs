using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Placement;

namespace Godwit.Server.Things;

/// <summary>ListMessages — GET /godwit/things/{thingName}/messages: what passed since <see cref="WatchMessages"/>, the newest first, up to five hundred.</summary>
public sealed class ListMessages(MessageTails tails) : IOperation<ListMessages.Request, ListMessages.Response>
{
    public sealed record Request(string ThingName);

    /// <param name="Until">Null where it is not watched.</param>
    /// <param name="Seen">How many passed since then, also those that are not kept any more.</param>
    public sealed record Response(string ThingName, DateTimeOffset? Until, long Seen, IReadOnlyList<Message> Messages);

    /// <param name="Packet">CONNECT, DISCONNECT, SUBSCRIBE or UNSUBSCRIBE; PUBLISH from the device or to it, as <paramref name="FromDevice"/> says.</param>
    /// <param name="Words">The topic or filter; of a connection where it came from or why it ended.</param>
    /// <param name="Payload">The beginning: text, or hexadecimal digits.</param>
    public sealed record Message(long Number, DateTimeOffset At, string Packet, bool FromDevice, string Words, int Bytes, string? Payload, string? Refusal);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => Task.FromResult<Result<Response>>(
        tails.Find(caller.Account, request.ThingName) is { } tail && tail.Read() is var (messages, seen)
            ? new Response(request.ThingName, tail.Until, seen, [.. messages.Select(one => Of(one.Number, one.Message))])
            : new Response(request.ThingName, null, 0, []));

    private static Message Of(long number, TailedMessage message) => new(
        number, message.At, message.Packet is TailedPacket.Published or TailedPacket.Delivered ? "PUBLISH" : message.Packet.ToString().ToUpperInvariant(),
        message.Packet != TailedPacket.Delivered, message.Words, message.Bytes, message.Payload.Length == 0 ? null : message.Payload, message.Refusal);
}
