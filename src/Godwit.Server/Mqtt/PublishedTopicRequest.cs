using Godwit.Mqtt;
using Godwit.Mqtt.Packets;

namespace Godwit.Server.Mqtt;

/// <summary>A request that came without a connection, by HTTP: whoever subscribes and may receive gets the answers.</summary>
internal sealed class PublishedTopicRequest(Broker broker, QoS qos) : TopicRequest
{
    public override void Reply(string topic, ReadOnlyMemory<byte> payload) =>
        broker.Publish(topic, payload.ToArray(), qos, retain: false, domain: Caller.Account);

    public override ValueTask ReplyBlock(
        string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct)
    {
        using (lease)
        {
            var whole = new byte[head.Length + body.Length + tail.Length];
            head.CopyTo(whole);
            body.CopyTo(whole.AsMemory(head.Length));
            tail.CopyTo(whole.AsMemory(head.Length + body.Length));
            broker.Publish(topic, whole, QoS.AtMostOnce, retain: false, domain: Caller.Account);
        }
        return ValueTask.CompletedTask;
    }
}
