namespace Godwit.Core.Planning;

/// <summary>
/// How a fleet's devices behave. Shares (<c>online</c> and the rates) are met to the device where they are numbers, in an order drawn from the seed; a distribution
/// is drawn once per run, for a share that nobody knows better. Times are drawn for each device.
/// </summary>
/// <param name="Classes">Kinds of devices that differ; their shares add up to 1.</param>
public sealed record FleetModel(IReadOnlyList<DeviceClass> Classes)
{
    /// <summary>All devices reachable, a minute's download, no failures.</summary>
    public static FleetModel Default { get; } = new([new DeviceClass("", 1, DeviceProfile.Default)]);

    /// <summary>Null for none. A SNAPSHOT takes nobody who joins.</summary>
    public JoinModel? Joins { get; init; }

    /// <summary>Whether two seeds can give two forecasts.</summary>
    public bool IsRandom => Classes.Count > 1 || Joins is { PerMinute.IsRandom: true } || Classes.Any(one => one.Profile.IsRandom);

    /// <summary>The mean over the classes of a member.</summary>
    public double Mean(Func<DeviceProfile, double> member) => Classes.Sum(one => one.Share * member(one.Profile));
}

/// <param name="Name">For example <c>hw=rev3</c>; empty for all devices.</param>
public sealed record DeviceClass(string Name, double Share, DeviceProfile Profile);

/// <summary>How one kind of device behaves.</summary>
public sealed record DeviceProfile
{
    public static DeviceProfile Default { get; } = new();

    /// <summary>Share of devices that are reachable when the job comes to them.</summary>
    public Distribution Online { get; init; } = Distribution.Of(1);

    /// <summary>From IN_PROGRESS to the last report, in whole seconds.</summary>
    public Distribution DownloadSeconds { get; init; } = Distribution.Of(60);

    /// <summary>Share of devices that download and then report FAILED.</summary>
    public Distribution FailureRate { get; init; } = Distribution.Of(0);

    /// <summary>Share of devices that refuse the job at once.</summary>
    public Distribution RejectRate { get; init; } = Distribution.Of(0);

    /// <summary>Share of devices that start the new image, fall back to the old one and report FAILED.</summary>
    public Distribution RevertRate { get; init; } = Distribution.Of(0);

    /// <summary>Share of devices that report IN_PROGRESS and are never heard of again.</summary>
    public Distribution StallRate { get; init; } = Distribution.Of(0);

    /// <summary>When a device that was not reachable comes back; null for never.</summary>
    public Distribution? OfflineMinutes { get; init; }

    public bool IsRandom =>
        DownloadSeconds.IsRandom || OfflineMinutes is { IsRandom: true } || Shares.Any(share => share.IsRandom || share.Mean is > 0 and < 1);

    private IEnumerable<Distribution> Shares => [Online, FailureRate, RejectRate, RevertRate, StallRate];
}
