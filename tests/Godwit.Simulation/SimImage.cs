using System.Globalization;
using System.Security.Cryptography;
using Godwit.Fleet.Images;

namespace Godwit.Simulation;

/// <summary>Two small firmware images with signatures that never change, so that no run differs from another by a signature's randomness.</summary>
internal static class SimImage
{
    public const int BlockBytes = 1024;

    private const int SizeBytes = 2500;
    private const string PublicKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3UA7AxYSP52je67HxjwydjuNQz9uSpgt2btWDQfZtTpAnlYaLKoivRJjbNt8glYYlmd8ZppvNvEBBUCKN3iF5A==";

    private static readonly byte[][] s_images = [FirmwareImage.Make(new FirmwareVersion(2, 0, 0), SizeBytes), FirmwareImage.Make(new FirmwareVersion(3, 0, 0), SizeBytes)];

    private static readonly string[] s_signatures =
    [
        "MEUCIQCdEN9YqqGBtF1YFQgRazfZ7GaTH2JQrYgCPGfac7du5wIgJw2BbIJ4DNP2aNCLaC/jKwGlfFFfXcPZEAUcDotBLLE=",
        "MEQCIHqo+Zt8mIVcABeHFHroCgYG7i0OVIxwv0zLGDqA8dwxAiBaFeZs1kmDwrzIjrMc0j8f77t40fhDjQPvPezCKSqRkw==",
    ];

    public static AsymmetricAlgorithm Signer { get; } = ReadKey();

    /// <summary>The job document of image 0 or 1, as CreateOTAUpdate writes it for HTTP.</summary>
    public static string Document(int image) =>
        $$$"""
        {"afr_ota":{"protocols":["HTTP"],"files":[{"filepath":"/fw/app.bin","filesize":{{{SizeBytes}}},"fileid":0,"certfile":"/certs/sign.crt","update_data_url":"https://files.example/{{{image}}}","auth_scheme":"aws.s3.presigned","sig-sha256-ecdsa":"{{{s_signatures[image]}}}"}]}}
        """;

    public static ReadOnlySpan<byte> Range(string url, long first, long last) =>
        s_images[int.Parse(url.AsSpan(url.LastIndexOf('/') + 1), CultureInfo.InvariantCulture)].AsSpan((int)first, (int)(last - first + 1));

    private static ECDsa ReadKey()
    {
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(PublicKey), out _);
        return key;
    }
}
