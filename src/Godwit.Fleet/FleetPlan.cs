using System.Security.Cryptography;
using Godwit.Core.Planning;
using Godwit.Fleet.Agents;

namespace Godwit.Fleet;

/// <summary>What an emulated fleet is made of. The same seed gives the same devices the same fates.</summary>
/// <param name="Profile">One of <see cref="Profiles"/>.</param>
/// <param name="Fail">The share of devices that trust another signer, so that their image does not verify.</param>
/// <param name="Revert">The share whose new image does not pass its self-test.</param>
/// <param name="Offline">The share that is cut off once in the middle of its download.</param>
/// <param name="Loss">The share of data messages and of answers to range requests that never arrive.</param>
public sealed record FleetPlan(int Devices, string Prefix, string Profile, double Fail, double Revert, double Offline, double Loss, ulong Seed)
{
    /// <summary>What <c>--profile</c> takes. Nordic's agent reads no OTA update's document, so it is in no mixture.</summary>
    public static readonly string[] Profiles = ["classic", "modular", "http", "esp", "esp-http", "esp-https-ota", "stm32u5", "nordic", "mixed"];

    /// <summary>Blocks after which a device that is to be cut off is cut off.</summary>
    private const int CutAtMost = 40;

    /// <summary>The share that reports success with the version it had before; only classic agents name one.</summary>
    public double Lie { get; init; }

    /// <summary>How fast the devices' links are; null for as fast as they go.</summary>
    public int? BytesPerSecond { get; init; }

    public string Thing(int index) => $"{Prefix}-{index + 1:d5}";

    /// <param name="signer">The key that images are signed with.</param>
    /// <param name="stranger">Another key, for devices that are to fail.</param>
    public AgentProfile Of(int index, AsymmetricAlgorithm signer, AsymmetricAlgorithm stranger)
    {
        var fate = new SeededRandom(Seed * 1_000_003 + (ulong)index);
        var (fails, reverts, cut) = (fate.Unit() < Fail, fate.Unit() < Revert, fate.Unit() < Offline);
        var way = Profile == "mixed" ? (index % 10) switch { < 4 => "classic", 4 => "esp", < 7 => "modular", < 9 => "http", _ => "esp-http" } : Profile;
        var personality = way switch
        {
            "modular" => Personality.Modular,
            "esp" or "esp-http" => Personality.Esp,
            "esp-https-ota" => Personality.EspHttpsOta,
            "stm32u5" => Personality.Stm32U5,
            "nordic" => Personality.Nordic,
            _ => Personality.Classic,
        };
        var cutAt = cut ? 1 + (int)(fate.Unit() * CutAtMost) : (int?)null;
        var profile = AgentProfile.Of(Thing(index), personality, way is "http" or "esp-http" or "esp-https-ota" ? "HTTP" : "MQTT", fails ? stranger : signer);
        return profile with
        {
            // A slow link is no reason to ask again.
            RequestTimeout = TimeSpan.FromSeconds(way == "modular" ? 5 : 10) + DeviceFaults.OnAir(profile.BlocksPerRequest * profile.BlockBytes, BytesPerSecond),
            Faults = new DeviceFaults
            {
                FailSelfTest = reverts,
                GoOfflineAtBlock = cutAt,
                ReportsOldVersion = fate.Unit() < Lie,
                BytesPerSecond = BytesPerSecond,
                Loss = Loss,
                Seed = Seed + (ulong)index,
            },
        };
    }
}
