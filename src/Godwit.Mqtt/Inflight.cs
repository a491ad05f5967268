namespace Godwit.Mqtt;

/// <summary>
/// QoS 1 messages that a client has not acknowledged, in the order in which they were first sent. The first
/// <see cref="sent"/> of them have been sent on the present connection; the others wait for room in its outbox.
/// </summary>
internal sealed class Inflight
{
    private readonly List<Entry> entries = [];
    private int sent;
    private ushort lastId;

    public int Count => entries.Count;

    public bool AllSent => sent == entries.Count;

    /// <summary>A new connection: everything is to be sent again, with DUP where it has been sent before [MQTT-4.4.0-1].</summary>
    public void Restart()
    {
        for (var i = 0; i < sent; i++)
            entries[i] = entries[i] with { Dup = true };
        sent = 0;
    }

    public void Add(in Delivery delivery) => entries.Add(new Entry(FreeId(), delivery, Dup: false));

    public Entry NextUnsent => entries[sent];

    public void MarkSent() => sent++;

    /// <summary>Gives spare memory back once it is empty after a crowd.</summary>
    public void Trim()
    {
        if (entries.Capacity > 8)
            entries.Capacity = 0;
    }

    public void DropUnsent() => entries.RemoveAt(sent);

    /// <summary>False if the id is not in flight.</summary>
    public bool Acknowledge(ushort id)
    {
        for (var i = 0; i < sent; i++)
        {
            if (entries[i].Id != id)
                continue;

            entries.RemoveAt(i);
            sent--;
            return true;
        }

        return false;
    }

    /// <summary>An id that is not in use [MQTT-2.3.1-2]; there is always one, as the window is far below 65,535.</summary>
    private ushort FreeId()
    {
        do
        {
            lastId = lastId == ushort.MaxValue ? (ushort)1 : (ushort)(lastId + 1);
        }
        while (entries.Exists(entry => entry.Id == lastId));

        return lastId;
    }

    public readonly record struct Entry(ushort Id, Delivery Delivery, bool Dup);
}
