using Godwit.Core.Jobs;

namespace Godwit.Core.Planning;

/// <summary>
/// Events of devices by the second, first in first out within one. A ring of buckets, each a linked list through slots that are used again, so that
/// adding and taking cost the same however many wait, and memory follows the events that wait at once. Events beyond the ring stay for its next rounds.
/// Events that follow each other and are alike are one, with how many devices it is about.
/// </summary>
internal sealed class CalendarQueue
{
    private const int Buckets = 1 << 16;
    private const int None = -1;

    private readonly int[] _heads = new int[Buckets];
    private readonly int[] _tails = new int[Buckets];
    private int[] _next = new int[1024];
    private DeviceEvent[] _events = new DeviceEvent[1024];
    private int _dueHead = None;
    private int _dueTail = None;
    private int _now;
    private int _free = None;
    private int _used;

    public CalendarQueue()
    {
        Array.Fill(_heads, None);
        Array.Fill(_tails, None);
    }

    /// <summary>Events that wait.</summary>
    public int Count { get; private set; }

    public void Add(in DeviceEvent add)
    {
        var bucket = add.Second & (Buckets - 1);
        var tail = add.Second == _now ? _dueTail : _tails[bucket];
        if (tail != None && _events[tail].IsLike(add))
        {
            _events[tail] = _events[tail] with { Devices = _events[tail].Devices + add.Devices };
            return;
        }
        var slot = Take();
        _events[slot] = add;
        Append(slot);
        Count++;
    }

    /// <summary>Whether this second has events left.</summary>
    public bool HasDue => _dueHead != None;

    /// <summary>Goes to a second; while events wait, at most one turn of the ring after the last.</summary>
    public void GoTo(int second)
    {
        var bucket = second & (Buckets - 1);
        var slot = _heads[bucket];
        (_heads[bucket], _tails[bucket], _now) = (None, None, second);
        while (slot != None)
        {
            var next = _next[slot];
            Append(slot);
            slot = next;
        }
    }

    /// <summary>The first event of this second, also of those that were added in it.</summary>
    public bool TryTake(out DeviceEvent taken)
    {
        if (_dueHead == None)
        {
            taken = default;
            return false;
        }
        var slot = _dueHead;
        _dueHead = _next[slot];
        if (_dueHead == None)
            _dueTail = None;
        taken = _events[slot];
        (_next[slot], _free) = (_free, slot);
        Count--;
        return true;
    }

    private void Append(int slot)
    {
        _next[slot] = None;
        if (_events[slot].Second == _now)
        {
            Link(slot, ref _dueHead, ref _dueTail);
            return;
        }
        var bucket = _events[slot].Second & (Buckets - 1);
        Link(slot, ref _heads[bucket], ref _tails[bucket]);
    }

    private void Link(int slot, ref int head, ref int tail)
    {
        if (tail == None)
            head = slot;
        else
            _next[tail] = slot;
        tail = slot;
    }

    private int Take()
    {
        if (_free != None)
        {
            var slot = _free;
            _free = _next[slot];
            return slot;
        }
        if (_used == _events.Length)
        {
            Array.Resize(ref _events, _used * 2);
            Array.Resize(ref _next, _used * 2);
        }
        return _used++;
    }
}

/// <summary>A device comes online with the job before it, or its execution ends.</summary>
/// <param name="ReachedAt">When the device is online with the job queued; <see cref="DeviceFate.Never"/> for one that does not come back.</param>
/// <param name="Class">The place of the device's class in its model.</param>
/// <param name="RetriedFailed">Retries used after FAILED.</param>
/// <param name="RetriedTimedOut">Retries used after TIMED_OUT.</param>
/// <param name="Devices">To how many devices it happens, one after the other.</param>
internal readonly record struct DeviceEvent(
    int Second, int DownloadSeconds, int ReachedAt, DeviceEvent.What Kind, DeviceEnd End, byte Class, byte RetriedFailed, byte RetriedTimedOut, int Devices = 1)
{
    public enum What : byte
    {
        Reached,
        Ended,
        TimedOut,

        /// <summary>It has waited in the queue for too long.</summary>
        Expired,

        /// <summary>It comes to the job's targets.</summary>
        Joins,
    }

    /// <summary>The same happens to other devices.</summary>
    public bool IsLike(in DeviceEvent other) =>
        Second == other.Second && Kind == other.Kind && End == other.End && DownloadSeconds == other.DownloadSeconds && ReachedAt == other.ReachedAt && Class == other.Class
        && RetriedFailed == other.RetriedFailed && RetriedTimedOut == other.RetriedTimedOut;

    public RetriesUsed Retried => new(RetriedFailed, RetriedTimedOut);
}
