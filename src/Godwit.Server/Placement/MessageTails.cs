using System.Collections.Concurrent;
using System.Text;

namespace Godwit.Server.Placement;

/// <summary>
/// Messages of single devices, on request: nothing is kept of a device that nobody watches, and asking whether any is costs one read. In memory and bounded, in devices, in
/// messages of each, in bytes of each message and in time. Safe from any thread.
/// </summary>
public sealed class MessageTails(TimeProvider time)
{
    /// <summary>Devices that are watched at once.</summary>
    public const int DevicesMax = 20;

    /// <summary>Messages of one device; older ones make room.</summary>
    public const int MessagesMax = 500;

    /// <summary>What is kept of a payload.</summary>
    public const int PayloadBytesMax = 512;

    private readonly ConcurrentDictionary<(string Account, string Client), MessageTail> _tails = new();
    private volatile bool _isOn;

    /// <summary>Whether any device is watched.</summary>
    public bool IsOn => _isOn;

    /// <summary>Watches a device, from now or for longer. Null where too many are watched already.</summary>
    public MessageTail? Watch(string account, string client, TimeSpan span)
    {
        lock (_tails)
        {
            Tidy();
            if (!_tails.TryGetValue((account, client), out var tail))
            {
                if (_tails.Count >= DevicesMax)
                    return null;
                _tails[(account, client)] = tail = new MessageTail();
            }
            tail.Until = time.GetUtcNow() + span;
            _isOn = true;
            return tail;
        }
    }

    /// <summary>Forgets a device's messages.</summary>
    public void Stop(string account, string client)
    {
        lock (_tails)
        {
            _tails.TryRemove((account, client), out _);
            Tidy();
        }
    }

    /// <summary>Null where nobody watches it.</summary>
    public MessageTail? Find(string account, string client) => _tails.TryGetValue((account, client), out var tail) && tail.Until > time.GetUtcNow() ? tail : null;

    /// <summary>Notes something of a device that is watched.</summary>
    public void Note(string account, string client, TailedPacket packet, string words, ReadOnlySpan<byte> payload = default, int? bytes = null, string? refusal = null)
    {
        if (IsOn && Find(account, client) is { } tail)
            tail.Add(new TailedMessage(time.GetUtcNow(), packet, words, bytes ?? payload.Length, Preview(payload), refusal));
    }

    private void Tidy()
    {
        var now = time.GetUtcNow();
        foreach (var (key, tail) in _tails)
            if (tail.Until <= now)
                _tails.TryRemove(key, out _);
        _isOn = !_tails.IsEmpty;
    }

    /// <summary>Text as it is, anything else as hexadecimal digits; the beginning of both.</summary>
    private static string Preview(ReadOnlySpan<byte> payload)
    {
        var start = payload[..Math.Min(payload.Length, PayloadBytesMax)];
        var text = Encoding.UTF8.GetString(start);
        // A character that was cut in two at the end is no sign of something else.
        return text.Length == 0 || text.AsSpan(0, Math.Max(0, text.Length - 3)).ContainsAny('\uFFFD', '\0') || text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'))
            ? Convert.ToHexStringLower(start)
            : text;
    }
}

/// <summary>The last messages of one device.</summary>
public sealed class MessageTail
{
    private readonly Queue<(long Number, TailedMessage Message)> _messages = new();
    private long _seen;

    /// <summary>It is watched up to this moment.</summary>
    public DateTimeOffset Until { get; internal set; }

    /// <summary>The newest first, and how many there were in all.</summary>
    public (IReadOnlyList<(long Number, TailedMessage Message)> Messages, long Seen) Read()
    {
        lock (_messages)
            return ([.. _messages.Reverse()], _seen);
    }

    internal void Add(TailedMessage message)
    {
        lock (_messages)
        {
            _messages.Enqueue((++_seen, message));
            if (_messages.Count > MessageTails.MessagesMax)
                _messages.Dequeue();
        }
    }
}

/// <summary>What passed, by MQTT's names; <see cref="Published"/> came from the device and <see cref="Delivered"/> went to it.</summary>
public enum TailedPacket
{
    Connect,
    Disconnect,
    Subscribe,
    Unsubscribe,
    Published,
    Delivered,
}

/// <param name="Words">The topic or filter; of a connection where it came from or why it ended.</param>
/// <param name="Bytes">Of the payload as a whole.</param>
/// <param name="Payload">Its beginning: text, or hexadecimal digits.</param>
/// <param name="Refusal">Why it was not let through, or null.</param>
public sealed record TailedMessage(DateTimeOffset At, TailedPacket Packet, string Words, int Bytes, string Payload, string? Refusal);
