using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Godwit.Fleet.Images;

namespace Godwit.Simulation;

/// <summary>
/// Firmware images in two versions: small ones for ranges of a URL and larger ones for a stream's blocks. Their signatures never change, so that no run differs
/// from another by a signature's randomness. The key is of use for nothing else: it signs where the service is asked to.
/// </summary>
internal static class SimImage
{
    public const int BlockBytes = 1024;

    public const int BlocksPerRequest = 4;

    private const int SmallBytes = 2500, LargeBytes = 9000;
    private const string PublicKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7GMqe9yQ9jIcjWCuOjNNWLkEh30y5yzpEb47aNoOx3xuC/ZsXbfZCfRdrAHxj4lFmh3YTsm1IJ9vEdIEqOOiGQ==";
    private const string PrivateKey = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnE8xR74ezgfJ/8WgWlN+P6l9FW7m7zdnP9m8+DoePBuhRANCAATsYyp73JD2MhyNYK46M01YuQSHfTLnLOkRvjto2g7HfG4L9mxdt9kJ9F2sAfGPiUWaHdhOybUgn28R0gSo46IZ";

    /// <summary>Good until 2076, made with that key by itself.</summary>
    private const string SelfSigned =
        "MIIBojCCAUmgAwIBAgIUesJ6EgJN6IvMXxjlBWwHfOXLg1YwCgYIKoZIzj0EAwIwFTETMBEGA1UEAwwKc2ltdWxhdGlvbjAgFw0yNjExMjMyMzUwMTdaGA8yMDc2MDMwNTIzNTAxN1owFTETMBEGA1UEAwwKc2ltdWxhdGlvbjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOxjKnvckPYyHI1grjozTVi5BId9Mucs6RG+O2jaDsd8bgv2bF232Qn0XawB8Y+JRZod2E7JtSCfbxHSBKjjohmjdTBzMB0GA1UdDgQWBBQOE3sFVb2ok8KqCNYqLqavSsCUpzAfBgNVHSMEGDAWgBQOE3sFVb2ok8KqCNYqLqavSsCUpzAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwMwDAYDVR0TAQH/BAIwADAKBggqhkjOPQQDAgNHADBEAiA87zqZTAjqdzRH0AnXlCmraSeSiLUGR/HBFp35/5AgOgIgF3Y4jI1P08kIkrNexd5lnPlpxFqoPMrwmgvXEAWPj1Q=";

    private static readonly FirmwareVersion[] s_versions = [new(2, 0, 0), new(3, 0, 0)];
    private static readonly byte[][] s_small = [.. s_versions.Select(version => FirmwareImage.Make(version, SmallBytes))];

    private static readonly string[] s_smallSignatures =
    [
        "MEUCIH8wsPE1PDjf3U6MdwdHDT4Hv3h3Z9xrHI6FEbsNItiMAiEA/RhVmyauv5zlz0yvhGsAUr66MK32StSxPo1AdLzGjtA=",
        "MEQCIFuXq/tmHyfYYpS8cXdF69ac3Hn5SjsEmIEkoqcoxyMZAiA1wJqIW+JqSSn9CmpR3gCqGGpfiaiXIXaEk/gfypHEoA==",
    ];

    private static readonly string[] s_largeSignatures =
    [
        "MEQCIFsWpsgOXuFevJc+eCHzzvu6L0E/wB0SjIWyel7M1SWKAiBrisL7N3m0eBxvAqD6+LnmGXZvYi+sHQo6yr/cQh8uWg==",
        "MEUCIHYnqq+EtmxKA6X4N3Dk2Xg/ee5wzJJGsRCQZ99sDKZbAiEAiIs5N5a2mf5tz+J9ehLg4RMpsV+dP/uXqqYFBaHRWrk=",
    ];

    public static AsymmetricAlgorithm Signer { get; } = ReadKey();

    /// <summary>What an operator uploads as image 0 or 1, and its signature in base64.</summary>
    public static byte[][] Large { get; } = [.. s_versions.Select(version => FirmwareImage.Make(version, LargeBytes))];

    public static byte[] SignatureOfLarge(int image) => Encoding.ASCII.GetBytes(s_largeSignatures[image]);

    public static byte[] CertificatePem { get; } = Encoding.ASCII.GetBytes(new string(PemEncoding.Write("CERTIFICATE", Convert.FromBase64String(SelfSigned))));

    public static byte[] KeyPem { get; } = Encoding.ASCII.GetBytes(new string(PemEncoding.Write("PRIVATE KEY", Convert.FromBase64String(PrivateKey))));

    /// <summary>The job document of image 0 or 1, as CreateOTAUpdate writes it for HTTP.</summary>
    public static string Document(int image) =>
        $$$"""
        {"afr_ota":{"protocols":["HTTP"],"files":[{"filepath":"/fw/app.bin","filesize":{{{SmallBytes}}},"fileid":0,"certfile":"/certs/sign.crt","update_data_url":"https://files.example/{{{image}}}","auth_scheme":"aws.s3.presigned","sig-sha256-ecdsa":"{{{s_smallSignatures[image]}}}"}]}}
        """;

    public static ReadOnlySpan<byte> Range(string url, long first, long last) =>
        s_small[int.Parse(url.AsSpan(url.LastIndexOf('/') + 1), CultureInfo.InvariantCulture)].AsSpan((int)first, (int)(last - first + 1));

    private static ECDsa ReadKey()
    {
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(PublicKey), out _);
        return key;
    }
}
