using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// What the host made of a PUBLISH. <paramref name="Route"/>: it also goes to subscribers, as any message.
/// <paramref name="Work"/>: the connection's next packet waits for it, and the socket is not read meanwhile. Its result is the
/// PUBACK's reason where the verdict was <see cref="PublishVerdict.AllowAckAfterEffect"/>; a failure ends a level 4 connection
/// without PUBACK, so that the device sends again.
/// </summary>
public readonly record struct PublishHandling(bool Route, ValueTask<ReasonCode> Work)
{
    /// <summary>An ordinary message: to whoever subscribed.</summary>
    public static PublishHandling Ordinary => new(Route: true, Work: default);

    /// <summary>A request, handled already; subscribers see it too if <paramref name="route"/>.</summary>
    public static PublishHandling Done(bool route) => new(route, Work: default);
}
