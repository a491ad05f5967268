using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Server.Certificates;

/// <summary>Which device keys are accepted, as AWS has it: RSA from 2048 bits, ECC on the NIST curves P-256, P-384 and P-521.</summary>
internal static class PublicKeys
{
    private const int RsaBitsMin = 2048;

    /// <summary>Beyond this a handshake costs the server more than it should.</summary>
    private const int RsaBitsMax = 8192;

    /// <summary>Why a key is refused, or null.</summary>
    public static string? Refuse(PublicKey key)
    {
        try
        {
            using var rsa = key.GetRSAPublicKey();
            if (rsa is not null)
                return rsa.KeySize is >= RsaBitsMin and <= RsaBitsMax ? null : $"its RSA key has {rsa.KeySize} bits. Use {RsaBitsMin} to {RsaBitsMax}.";
            using var ecdsa = key.GetECDsaPublicKey();
            return ecdsa is null ? "its key is neither RSA nor ECC."
                : ecdsa.ExportParameters(false).Curve.Oid.FriendlyName is "nistP256" or "ECDSA_P256" or "nistP384" or "ECDSA_P384" or "nistP521" or "ECDSA_P521" ? null
                : "its ECC key lies on another curve than P-256, P-384 or P-521.";
        }
        catch (CryptographicException)
        {
            return "its key cannot be read.";
        }
    }
}
