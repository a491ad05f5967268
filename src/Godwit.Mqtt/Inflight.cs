using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>
/// QoS 1 and 2 messages that a client has not acknowledged, in the order in which they were first sent. The first
/// <see cref="Sent"/> of them have been sent on the present connection; the others wait for room in its outbox or its window.
/// </summary>
internal sealed class Inflight
{
    private readonly List<Waiting> entries = [];

    public int Count => entries.Count;

    public int Sent { get; private set; }

    public bool AllSent => Sent == entries.Count;

    public IReadOnlyList<Waiting> Entries => entries;

    /// <summary>A new connection: everything is to be sent again, with DUP where it has been sent before [MQTT-4.4.0-1].</summary>
    public void Restart()
    {
        for (var i = 0; i < Sent; i++)
            entries[i] = entries[i] with { Dup = true };
        Sent = 0;
    }

    public void Add(in Waiting next) => entries.Add(next);

    public Waiting NextUnsent => entries[Sent];

    public void MarkSent() => Sent++;

    /// <summary>Gives spare memory back once it is empty after a crowd.</summary>
    public void Trim()
    {
        if (entries.Capacity > 8)
            entries.Capacity = 0;
    }

    public void DropUnsent() => entries.RemoveAt(Sent);

    public bool Has(ushort id) => entries.Exists(entry => entry.Id == id);

    /// <summary>Takes out what PUBACK, PUBCOMP or a failing PUBREC ends; false if the id is not in flight at that point of its life.</summary>
    public bool TryEnd(ushort id, QoS qos, bool released, out Waiting ended)
    {
        var index = Find(id, qos, released);
        ended = index < 0 ? default : entries[index];
        if (index < 0)
            return false;

        entries.RemoveAt(index);
        Sent--;
        return true;
    }

    /// <summary>PUBREC: the message itself is not needed any more [MQTT-4.3.3-5]. False if it is not in flight.</summary>
    public bool TryRelease(ushort id, out KeptDelivery? kept)
    {
        kept = null;
        var index = Find(id, QoS.ExactlyOnce, released: null);
        if (index < 0)
            return false;

        kept = entries[index].Released ? null : entries[index].Kept;
        entries[index] = entries[index] with { Released = true, Delivery = entries[index].Delivery with { Message = null! } };
        return true;
    }

    private int Find(ushort id, QoS qos, bool? released)
    {
        for (var i = 0; i < Sent; i++)
        {
            if (entries[i].Id == id && entries[i].QoS == qos)
                return released is null || entries[i].Released == released ? i : -1;
        }

        return -1;
    }
}
