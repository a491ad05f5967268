namespace Godwit.Fleet;

/// <summary>What is made to go wrong on one device.</summary>
public sealed record DeviceFaults
{
    public static readonly DeviceFaults None = new();

    /// <summary>The new image starts but does not pass its self-test; the device goes back to the old one.</summary>
    public bool FailSelfTest { get; init; }

    /// <summary>After this many blocks the connection is cut, once, without a DISCONNECT.</summary>
    public int? GoOfflineAtBlock { get; init; }

    /// <summary>The share of data messages and answers to range requests that never arrive.</summary>
    public double Loss { get; init; }

    /// <summary>The device reports success and names the version it had before.</summary>
    public bool ReportsOldVersion { get; init; }

    /// <summary>What the link carries; null for as much as it can.</summary>
    public int? BytesPerSecond { get; init; }

    /// <summary>How long so many bytes take on a link.</summary>
    public static TimeSpan OnAir(int bytes, int? bytesPerSecond) => bytesPerSecond is { } rate and > 0 ? TimeSpan.FromSeconds((double)bytes / rate) : TimeSpan.Zero;

    /// <summary>Which of them.</summary>
    public ulong Seed { get; init; }

    public TimeSpan OfflineFor { get; init; } = TimeSpan.FromSeconds(3);
}
