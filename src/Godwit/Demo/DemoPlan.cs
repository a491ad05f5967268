using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Images;

namespace Godwit.Demo;

/// <summary>Which device is which: half take the image over MQTT streams in CBOR, a fifth in JSON, the rest over a presigned URL.</summary>
public sealed record DemoPlan(int Devices, int ImageBytes)
{
    public const string Group = "demo-fleet";
    public const string Policy = "demo-device";
    public const string Bucket = "demo-firmware";
    public const string ImageKey = "app-1.1.0.bin";
    public const string OtaUpdateId = "demo-1-1-0";
    public const string JobId = "AFR_OTA-" + OtaUpdateId;

    public static readonly FirmwareVersion Before = new(1, 0, 0);
    public static readonly FirmwareVersion After = new(1, 1, 0);

    /// <summary>For who goes on with the fleet afterwards.</summary>
    public static readonly FirmwareVersion Next = new(1, 2, 0);

    /// <summary>The device whose new image does not pass its self-test; none where there is only one device.</summary>
    public int FailsSelfTest => Devices > 1 ? Math.Min(3, Devices - 1) : -1;

    /// <summary>The device that is cut off in mid-download and comes back.</summary>
    public int GoesOffline => Math.Min(1, Devices - 1);

    public static string Thing(int index) => $"demo-{index + 1:d4}";

    public static string WayOf(int index) => (index % 10) switch { < 5 => "MQTT CBOR", < 7 => "MQTT JSON", _ => "HTTP" };

    public AgentProfile Profile(int index, System.Security.Cryptography.AsymmetricAlgorithm signer) => new(
        Thing(index),
        WayOf(index) == "MQTT JSON" ? Personality.Modular : Personality.Classic,
        WayOf(index) == "HTTP" ? "HTTP" : "MQTT",
        signer)
    {
        // Modular agents look for work once in this time; a demo need not wait as long as a device may.
        RequestTimeout = TimeSpan.FromSeconds(3),
        Faults = new DeviceFaults
        {
            FailSelfTest = index == FailsSelfTest,
            GoOfflineAtBlock = index == GoesOffline ? Math.Max(1, ImageBytes / 4096 / 2) : null,
        },
    };
}
