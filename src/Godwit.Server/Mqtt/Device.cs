using Godwit.Core.Access;

namespace Godwit.Server.Mqtt;

/// <summary>What the door keeps of one connection: who it is, what it told at CONNECT, and what it may do now.</summary>
internal sealed class Device(Caller caller, ConnectFacts facts, DeviceRights rights, long readAt)
{
    private volatile DeviceRights _rights = rights;

    public Caller Caller { get; } = caller;

    public ConnectFacts Facts { get; } = facts;

    /// <summary>Where <see cref="LiveDevices.Changes"/> stood before the rights were read: a later figure means that they may be old.</summary>
    public long ReadAt { get; } = readAt;

    /// <summary>Counts the client's connections (AWS: <c>versionNumber</c> of lifecycle events).</summary>
    public long Version { get; set; }

    /// <summary>The thing that the certificate stands for exclusively, if it does.</summary>
    public string? ExclusiveThing { get; init; }

    /// <summary>How fast blocks are sent to it; null for as fast as it takes them.</summary>
    public BlockPace? Pace { get; init; }

    /// <summary>Why the service ends the connection, in AWS's word; set before it does.</summary>
    public string? WhyEnded { get; set; }

    /// <summary>Replaced as a whole when the registry changes, with everything that was remembered of the old ones.</summary>
    public DeviceRights Rights
    {
        get => _rights;
        set => _rights = value;
    }
}
