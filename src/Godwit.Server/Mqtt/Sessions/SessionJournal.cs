using System.Threading.Channels;
using Godwit.Mqtt;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Mqtt.Sessions;

/// <summary>
/// Writes what the broker keeps: notes each change under a lock, and one loop hands all that has gathered to the database's group commit. A message that is
/// acknowledged before its turn came is never written. While the database is away changes wait, within bounds, and nobody is told that they are safe.
/// </summary>
internal sealed partial class SessionJournal(Database database, TimeProvider time, ILogger<SessionJournal> log) : ISessionJournal
{
    /// <summary>Changes of one transaction: others wait for the same writer.</summary>
    private const int TogetherMax = 2048;

    /// <summary>Past these, messages are refused; what ends and is subscribed is still noted, as there is at most one of it for each that was let in.</summary>
    private const int WaitingMax = 200_000;
    private const long WaitingBytesMax = 64 * 1024 * 1024;

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<Note> _waiting = new();
    private readonly Dictionary<(string Domain, string Topic), RetainedNote> _retained = [];
    private readonly Queue<(long Told, TaskCompletionSource Done)> _waiters = new();
    private readonly Channel<byte> _bell = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private (long Told, TaskCompletionSource Done) _newest;
    private Task _writing = Task.CompletedTask;
    private long _lastMessage;
    private long _waitingBytes;
    private long _told;
    private long _written;

    public async ValueTask<KeptState> Load(CancellationToken ct)
    {
        await database.Write(session => SessionRecords.Tidy(session), ct);
        var state = await database.Read(session => SessionRecords.Load(session, time.GetUtcNow()), ct);
        foreach (var delivery in state.Sessions.SelectMany(session => session.Deliveries))
        {
            delivery.JournalState = new DeliveryNote(delivery) { IsTaken = true };
            var message = (MessageNote)delivery.Message.JournalState!;
            message.Holders++;
            _lastMessage = Math.Max(_lastMessage, message.Id);
        }
        _writing = Run();
        return state;
    }

    public void Opened(SessionKey session, TimeSpan lifetime) =>
        Tell(new SimpleNote(write => SessionRecords.PutSession(write, session, lifetime, endsAt: null)));

    public void Left(SessionKey session, TimeSpan lifetime, DateTimeOffset endsAt) =>
        Tell(new SimpleNote(write => SessionRecords.PutSession(write, session, lifetime, endsAt)));

    public void Ended(SessionKey session) => Tell(new SimpleNote(write => SessionRecords.DeleteSession(write, session)));

    public void WillKept(SessionKey session, KeptWill will, DateTimeOffset? dueAt) => Tell(new SimpleNote(write => SessionRecords.PutWill(write, session, will, dueAt)));

    public void WillOver(SessionKey session) => Tell(new SimpleNote(write => SessionRecords.DeleteWill(write, session)));

    public void Subscribed(SessionKey session, KeptSubscription subscription) =>
        Tell(new SimpleNote(write => SessionRecords.PutSubscription(write, session, subscription)));

    public void Unsubscribed(SessionKey session, string filter) =>
        Tell(new SimpleNote(write => SessionRecords.DeleteSubscription(write, session, filter)));

    public void Received(SessionKey session, ushort packetId) => Tell(new SimpleNote(write => SessionRecords.PutReceived(write, session, packetId)));

    public void Released(SessionKey session, ushort packetId) => Tell(new SimpleNote(write => SessionRecords.DeleteReceived(write, session, packetId)));

    public bool Queued(KeptDelivery delivery)
    {
        lock (_gate)
        {
            if (_waiting.Count >= WaitingMax || _waitingBytes >= WaitingBytesMax)
                return false;
            var message = (MessageNote)(delivery.Message.JournalState ??= new MessageNote(++_lastMessage));
            message.Holders++;
            var note = new DeliveryNote(delivery);
            delivery.JournalState = note;
            Add(note);
            return true;
        }
    }

    public void Moved(KeptDelivery delivery)
    {
        lock (_gate)
        {
            // Before its turn its row is written as it is then.
            if (((DeliveryNote)delivery.JournalState!).IsTaken)
                Add(new SimpleNote(write => SessionRecords.PutState(write, delivery)));
        }
    }

    public void Done(KeptDelivery delivery)
    {
        lock (_gate)
        {
            var note = (DeliveryNote)delivery.JournalState!;
            ((MessageNote)delivery.Message.JournalState!).Holders--;
            note.IsGone = true;
            if (note.IsTaken)
                Add(new GoneNote(delivery));
        }
    }

    public void Retained(string domain, KeptMessage message) => Keep(domain, message.Topic, message);

    public void Forgotten(string domain, string topic) => Keep(domain, topic, message: null);

    public ValueTask Written()
    {
        lock (_gate)
        {
            if (_written == _told)
                return default;
            if (_newest.Told != _told || _newest.Done is null)
                _waiters.Enqueue(_newest = (_told, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
            return new ValueTask(_newest.Done.Task);
        }
    }

    /// <summary>Writes what is left, once nobody tells anything any more.</summary>
    public async Task Stop()
    {
        _bell.Writer.TryComplete();
        await _writing;
        while (Take() is { Count: > 0 } last)
            if (!await Write(last))
                return;
    }

    private void Keep(string domain, string topic, KeptMessage? message)
    {
        lock (_gate)
        {
            // A topic that is published on again and again is written as often as the disk takes it, not more often.
            if (_retained.TryGetValue((domain, topic), out var note))
            {
                note.Message = message;
                return;
            }
            _retained.Add((domain, topic), note = new RetainedNote(domain, topic) { Message = message });
            Add(note);
        }
    }

    private void Tell(Note note)
    {
        lock (_gate)
            Add(note);
    }

    private void Add(Note note)
    {
        _waiting.Enqueue(note);
        _waitingBytes += note.Bytes;
        _told++;
        _bell.Writer.TryWrite(0);
    }

    private async Task Run()
    {
        while (await _bell.Reader.WaitToReadAsync())
        {
            _bell.Reader.TryRead(out _);
            while (Take() is { Count: > 0 } batch)
                while (!await Write(batch) && !_bell.Reader.Completion.IsCompleted)
                    await Task.Delay(AfterFailure, time);
        }
    }

    /// <summary>The next changes, as they are to be written. From here on they are no longer changed, only followed by others.</summary>
    private Batch? Take()
    {
        lock (_gate)
        {
            var batch = new Batch();
            while (batch.Count < TogetherMax && _waiting.TryDequeue(out var note))
            {
                _waitingBytes -= note.Bytes;
                note.Take(this, batch.Writes);
                batch.Count++;
            }
            return batch;
        }
    }

    private async Task<bool> Write(Batch batch)
    {
        try
        {
            if (batch.Writes.Count > 0)
                await database.Write(session => batch.Run(session), CancellationToken.None);
            Finish(batch.Count, failure: null);
            return true;
        }
        catch (StorageException failure)
        {
            LogWaits(failure, batch.Count);
            return false;
        }
        catch (Exception bug)
        {
            LogLost(bug, batch.Count);
            Finish(batch.Count, bug);
            return true;
        }
    }

    private void Finish(int count, Exception? failure)
    {
        var done = new List<TaskCompletionSource>();
        lock (_gate)
        {
            _written += count;
            while (_waiters.TryPeek(out var first) && first.Told <= _written)
                done.Add(_waiters.Dequeue().Done);
        }
        foreach (var waiter in done)
            if (failure is null)
                waiter.SetResult();
            else
                waiter.SetException(failure);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Changes} changes of MQTT sessions wait for the database; trying until they are written")]
    private partial void LogWaits(Exception failure, int changes);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Changes} changes of MQTT sessions could not be written and are lost")]
    private partial void LogLost(Exception bug, int changes);

    private sealed class Batch
    {
        public List<Action<WriteSession>> Writes { get; } = [];

        /// <summary>Changes that were told, written or found needless.</summary>
        public int Count { get; set; }

        public int Run(WriteSession session)
        {
            Writes.ForEach(write => write(session));
            return Writes.Count;
        }
    }

    /// <summary>One change that was told.</summary>
    private abstract class Note
    {
        public virtual int Bytes => 0;

        /// <summary>Says what to write; under the lock.</summary>
        public abstract void Take(SessionJournal journal, List<Action<WriteSession>> writes);
    }

    private sealed class SimpleNote(Action<WriteSession> write) : Note
    {
        public override void Take(SessionJournal journal, List<Action<WriteSession>> writes) => writes.Add(write);
    }

    private sealed class RetainedNote(string domain, string topic) : Note
    {
        public KeptMessage? Message { get; set; }

        public override void Take(SessionJournal journal, List<Action<WriteSession>> writes)
        {
            journal._retained.Remove((domain, topic));
            var message = Message;
            writes.Add(message is null
                ? write => SessionRecords.DeleteRetained(write, domain, topic)
                : write => SessionRecords.PutRetained(write, domain, message));
        }
    }

    private sealed class DeliveryNote(KeptDelivery delivery) : Note
    {
        public bool IsTaken { get; set; }

        public bool IsGone { get; set; }

        public override int Bytes => delivery.Message.Payload.Length;

        public override void Take(SessionJournal journal, List<Action<WriteSession>> writes)
        {
            var message = (MessageNote)delivery.Message.JournalState!;
            if (IsGone)
            {
                message.DropIfUnheld(delivery, writes);
                return;
            }
            IsTaken = true;
            message.Store(delivery, writes);
            var state = delivery.State;
            writes.Add(write => SessionRecords.PutDelivery(write, delivery, message.Id, state));
        }
    }

    private sealed class GoneNote(KeptDelivery delivery) : Note
    {
        public override void Take(SessionJournal journal, List<Action<WriteSession>> writes)
        {
            writes.Add(write => SessionRecords.DeleteDelivery(write, delivery));
            ((MessageNote)delivery.Message.JournalState!).DropIfUnheld(delivery, writes);
        }
    }
}
