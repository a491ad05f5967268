namespace Godwit.Mqtt;

/// <summary>How the broker listens and what it spends at most. What clients can see is in <see cref="MqttProfile"/>.</summary>
public sealed record BrokerOptions
{
    public required IReadOnlyList<MqttListener> Listeners { get; init; }

    public MqttProfile Profile { get; init; } = MqttProfile.Aws;

    public int ConnectionsMax { get; init; } = 100_000;

    /// <summary>How long a peer may take for its handshake, and again for its CONNECT.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Handshakes that compute at the same time; one that waits for its peer does not count. A core is left to those who are in already: a crowd of strangers, or a fleet
    /// that comes back, must not take the blocks' time.
    /// </summary>
    public int HandshakesAtOnceMax { get; init; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>
    /// TLS peers between their hello and the answer to their CONNECT. Each costs some 60 KiB and has twice <see cref="ConnectTimeout"/>; others wait for a room, address by
    /// address.
    /// </summary>
    public int StrangersMax { get; init; } = 500;

    /// <summary>
    /// Plaintext in one TLS record: microcontrollers have small receive buffers. A block of 4 KiB with its topic and head fits into one,
    /// as devices that ask for it have room for that packet in any case.
    /// </summary>
    public int TlsRecordBytesMax { get; init; } = 4352;

    /// <summary>Bytes waiting for one connection. A single message larger than this goes through when nothing waits.</summary>
    public int OutboxBytesMax { get; init; } = 256 * 1024;

    public int OutboxMessagesMax { get; init; } = 1000;

    /// <summary>A peer that has taken nothing of what waits for it for so long is disconnected.</summary>
    public TimeSpan WriteStallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>QoS 1 messages waiting in one session beside those in flight; newer ones are dropped.</summary>
    public int SessionQueueMessagesMax { get; init; } = 1000;

    public int SessionQueueBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Sessions kept without a connection; beyond that a session ends with its connection.</summary>
    public int OfflineSessionsMax { get; init; } = 1_000_000;

    public int RetainedMessagesMax { get; init; } = 10_000;

    public long RetainedBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>What each connection may do in a second.</summary>
    public RateLimits Rates { get; init; } = RateLimits.None;

    /// <summary>How often keep-alive, expiry and stalls are looked at.</summary>
    public TimeSpan SweepPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long <see cref="Broker.StopAsync"/> lets connections take their last bytes.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(2);
}
