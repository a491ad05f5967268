using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// Topic aliases towards one client, as many as it allows. The first topics sent get one each and keep it; the others are
/// sent in full. Used under the outbox's lock, so aliases are announced in the order in which packets leave.
/// </summary>
internal sealed class OutboundAliases(ushort max)
{
    private readonly List<byte[]> topics = [];

    /// <summary>The topic to send: empty if its alias is known to the client. The alias goes into the head's properties.</summary>
    public ReadOnlySpan<byte> Use(ReadOnlySpan<byte> topic, scoped ref PublishPacket head)
    {
        var alias = 0;
        while (alias < topics.Count && !topic.SequenceEqual(topics[alias]))
            alias++;

        var known = alias < topics.Count;
        if (!known)
        {
            if (topics.Count >= max)
                return topic;
            topics.Add(topic.ToArray());
        }

        var properties = (head.Properties ?? new Properties()) with { TopicAlias = (ushort)(alias + 1) };
        head = new PublishPacket
        {
            QoS = head.QoS,
            Retain = head.Retain,
            Dup = head.Dup,
            PacketId = head.PacketId,
            Properties = properties,
        };
        return known ? default : topic;
    }

    /// <summary>The packet that carried the alias was not sent after all.</summary>
    public void Forget(in PublishPacket head)
    {
        if (head.Properties?.TopicAlias is { } alias && alias == topics.Count)
            topics.RemoveAt(topics.Count - 1);
    }
}
