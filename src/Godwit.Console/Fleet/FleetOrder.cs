using Godwit.Core;
using Godwit.Fleet;

namespace Godwit.Pages.Fleet;

/// <summary>How many devices, of which kind, and what weather they live in.</summary>
/// <param name="Profile">One of <see cref="FleetPlan.Profiles"/>.</param>
/// <param name="FailPercent">To whom the image's signature means nothing, so that it does not verify.</param>
/// <param name="RevertPercent">Whose new image does not pass its self-test; the old one comes back.</param>
/// <param name="OfflinePercent">Which are cut off once in the middle of the download.</param>
/// <param name="LossPercent">The share of blocks that never arrive.</param>
/// <param name="LiePercent">Which report success and name the version they had before.</param>
/// <param name="KilobytesPerSecond">What each link carries; 0 for as much as it can.</param>
public sealed record FleetOrder(
    int Devices, string Profile = "mixed", int FailPercent = 0, int RevertPercent = 0, int OfflinePercent = 0, int LossPercent = 0, int LiePercent = 0, int KilobytesPerSecond = 0)
{
    private const int KilobytesMax = 100_000;
    private const string Form = """{"devices": 100, "profile": "mixed", "failPercent": 0, "revertPercent": 0, "offlinePercent": 0, "lossPercent": 0, "liePercent": 0, "kilobytesPerSecond": 0}""";

    public static IReadOnlyList<string> Profiles => FleetPlan.Profiles;

    public static ServiceError Malformed { get; } = Errors.InvalidRequest("Send a JSON object such as " + Form);

    /// <summary>What is wrong with it, or null.</summary>
    public ServiceError? Mistake => !Profiles.Contains(Profile) ? Errors.InvalidRequest($"profile must be one of {string.Join(", ", Profiles)}.")
        : Percents.FirstOrDefault(one => one.Percent is < 0 or > 100).Name is { } name ? Errors.InvalidRequest($"{name} must be from 0 to 100.")
        : LossPercent > 90 ? Errors.InvalidRequest("lossPercent may be at most 90: with more, no download ends.")
        : KilobytesPerSecond is < 0 or > KilobytesMax ? Errors.InvalidRequest($"kilobytesPerSecond must be from 1 to {KilobytesMax}, or 0 for as much as the link can carry.")
        : null;

    private (string Name, int Percent)[] Percents =>
        [(nameof(FailPercent), FailPercent), (nameof(RevertPercent), RevertPercent), (nameof(OfflinePercent), OfflinePercent), (nameof(LossPercent), LossPercent), (nameof(LiePercent), LiePercent)];

    /// <summary>The plan of the fleet; the seed goes by the prefix, so that another hundred devices have other fates.</summary>
    internal FleetPlan ToPlan(string prefix) => new(
        Devices, prefix, Profile, FailPercent / 100.0, RevertPercent / 100.0, OfflinePercent / 100.0, LossPercent / 100.0, prefix.Aggregate(17UL, (seed, letter) => (seed * 31) + letter))
    {
        Lie = LiePercent / 100.0,
        BytesPerSecond = KilobytesPerSecond == 0 ? null : KilobytesPerSecond * 1024,
    };
}
