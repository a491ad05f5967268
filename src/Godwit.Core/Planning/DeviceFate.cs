namespace Godwit.Core.Planning;

/// <summary>How a device's execution ends, if nothing ends it before.</summary>
public enum DeviceEnd : byte
{
    Succeeds,
    Fails,
    Reverts,
    Rejects,

    /// <summary>Goes silent once it is IN_PROGRESS.</summary>
    Stalls,
}

/// <summary>What a device will do with the job.</summary>
/// <param name="ReachableAfterSeconds">Zero for a device that is online; <see cref="Never"/> for one that does not come back.</param>
/// <param name="DownloadSeconds">From IN_PROGRESS to the last report.</param>
/// <param name="Class">The place of the device's class in its model.</param>
public readonly record struct DeviceFate(DeviceEnd End, int ReachableAfterSeconds, int DownloadSeconds, byte Class)
{
    public const int Never = int.MaxValue;
}
