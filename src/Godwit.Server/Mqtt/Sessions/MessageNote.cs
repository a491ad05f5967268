using Godwit.Mqtt;
using Godwit.Server.Storage;

namespace Godwit.Server.Mqtt.Sessions;

/// <summary>What the journal knows of one message: its row is there while a delivery holds it. Under the journal's lock.</summary>
internal sealed class MessageNote(long id)
{
    public long Id => id;

    public int Holders { get; set; }

    public bool IsStored { get; set; }

    public void Store(KeptDelivery delivery, List<Action<WriteSession>> writes)
    {
        if (IsStored)
            return;
        IsStored = true;
        writes.Add(write => SessionRecords.PutMessage(write, delivery.Session.Domain, id, delivery.Message));
    }

    public void DropIfUnheld(KeptDelivery delivery, List<Action<WriteSession>> writes)
    {
        if (!IsStored || Holders > 0)
            return;
        IsStored = false;
        writes.Add(write => SessionRecords.DeleteMessage(write, delivery.Session.Domain, id));
    }
}
