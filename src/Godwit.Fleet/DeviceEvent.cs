namespace Godwit.Fleet;

/// <summary>What a device lives through, for those who watch.</summary>
public enum DevicePhase
{
    Off,
    Connecting,
    Idle,
    Downloading,
    Verifying,
    Rebooting,
    SelfTest,
    Offline,
    Succeeded,
    Failed,
}

/// <summary>A change of a device's phase.</summary>
public sealed record DeviceEvent(string Thing, DevicePhase Phase, string? Detail = null);
