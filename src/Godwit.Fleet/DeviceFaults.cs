namespace Godwit.Fleet;

/// <summary>What is made to go wrong on one device.</summary>
public sealed record DeviceFaults
{
    public static readonly DeviceFaults None = new();

    /// <summary>The new image starts but does not pass its self-test; the device goes back to the old one.</summary>
    public bool FailSelfTest { get; init; }

    /// <summary>After this many blocks the connection is cut, once, without a DISCONNECT.</summary>
    public int? GoOfflineAtBlock { get; init; }

    /// <summary>The share of data messages that never arrive.</summary>
    public double Loss { get; init; }

    /// <summary>Which of them.</summary>
    public ulong Seed { get; init; }

    public TimeSpan OfflineFor { get; init; } = TimeSpan.FromSeconds(3);
}
