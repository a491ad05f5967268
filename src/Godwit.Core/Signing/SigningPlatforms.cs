using System.Globalization;
using System.Text.RegularExpressions;

namespace Godwit.Core.Signing;

/// <summary>The platforms that Signer has for devices, and those that an installation adds.</summary>
public static partial class SigningPlatforms
{
    public const string FreeRtos = "AmazonFreeRTOS-Default";

    public const string TexasInstruments = "AmazonFreeRTOS-TI-CC3220SF";

    private const string Ecdsa = CodeSigningAlgorithm.Ecdsa, Rsa = CodeSigningAlgorithm.Rsa;

    /// <summary>AWS: signer > ListSigningPlatforms.</summary>
    public static IReadOnlyList<SigningPlatform> BuiltIn { get; } =
    [
        new("AWSIoTDeviceManagement-SHA256-ECDSA", "AWS IoT Device Management SHA256-ECDSA", "AWSIoTDeviceManagement", "SHA256-ECDSA",
            [Ecdsa], ["SHA256"], [SigningPlatform.JsonDetached, SigningPlatform.JsonEmbedded], 2048),
        new(FreeRtos, "Amazon FreeRTOS SHA256-ECDSA", "AmazonFreeRTOS", "SHA256-ECDSA",
            [Ecdsa, Rsa], ["SHA256", "SHA1"], [SigningPlatform.JsonEmbedded], 16),
        new(TexasInstruments, "Amazon FreeRTOS SHA1-RSA CC3220SF-Launchpad", "AmazonFreeRTOS", "SHA1-RSA-TISHA1",
            [Rsa], ["SHA1"], [SigningPlatform.JsonEmbedded], 16),
        new("Notation-OCI-SHA384-ECDSA", "Notation for container registries", "AWSSigner", "Notation-OCI-SHA384-ECDSA",
            [Ecdsa], ["SHA384"], [], 0),
    ];

    /// <summary>How a free platform is written in the settings.</summary>
    public const string Form = "NAME:ECDSA|RSA:SHA1|SHA256|SHA384|SHA512[:JSONEmbedded|JSONDetached[:MEGABYTES]]";

    private const int DefaultMegabytes = 16, MegabytesMax = 2048;

    /// <summary>Reads one platform of the settings; null where it has not this <see cref="Form"/>.</summary>
    public static SigningPlatform? Read(string text)
    {
        var match = Written().Match(text);
        if (!match.Success || BuiltIn.Any(known => known.PlatformId == match.Groups["name"].Value))
            return null;
        var megabytes = match.Groups["mb"].Success ? int.Parse(match.Groups["mb"].Value, CultureInfo.InvariantCulture) : DefaultMegabytes;
        if (megabytes is < 1 or > MegabytesMax)
            return null;
        var (name, encryption, hash) = (match.Groups["name"].Value, match.Groups["encryption"].Value, match.Groups["hash"].Value);
        return new SigningPlatform(
            name, name, "Godwit", $"{hash}-{encryption}", [encryption], [hash],
            [match.Groups["format"].Success ? match.Groups["format"].Value : SigningPlatform.JsonEmbedded], megabytes);
    }

    [GeneratedRegex("^(?<name>[A-Za-z0-9][A-Za-z0-9._-]{1,63}):(?<encryption>ECDSA|RSA):(?<hash>SHA1|SHA256|SHA384|SHA512)(:(?<format>JSONEmbedded|JSONDetached)(:(?<mb>[0-9]{1,4}))?)?$")]
    private static partial Regex Written();
}
