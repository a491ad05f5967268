using Godwit.Mqtt;

namespace Godwit.Server.Mqtt;

/// <summary>
/// How fast one connection is sent blocks of streams where quotas are to be AWS's: so many messages and bytes a second, a second's worth at once. What is above
/// waits and is never rejected: agents do not read rejections. On the connection's own path only.
/// </summary>
internal sealed class BlockPace
{
    /// <summary>AWS quotas: publishes and throughput of one connection.</summary>
    public const int MessagesPerSecond = 100, BytesPerSecond = 512 * 1024;

    private readonly TimeProvider _time;
    private TokenBucket _messages;
    private TokenBucket _bytes;

    public BlockPace(TimeProvider time)
    {
        _time = time;
        _messages = new TokenBucket(MessagesPerSecond, MessagesPerSecond, Now);
        _bytes = new TokenBucket(BytesPerSecond, BytesPerSecond, Now);
    }

    private long Now => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Completes when the message may go.</summary>
    public Task Turn(int bytes, CancellationToken ct)
    {
        var owed = Math.Max(_messages.Take(1, Now), _bytes.Take(bytes, Now));
        return owed > 0 ? Task.Delay(TimeSpan.FromMilliseconds(owed), _time, ct) : Task.CompletedTask;
    }
}
