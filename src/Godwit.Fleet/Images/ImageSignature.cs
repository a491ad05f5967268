using System.Security.Cryptography;

namespace Godwit.Fleet.Images;

/// <summary>A file's signature as the job document names it: <c>sig-sha256-ecdsa</c> and its three siblings that devices know.</summary>
public sealed record ImageSignature(string Key, byte[] Bytes)
{
    public static readonly IReadOnlyList<string> KnownKeys = ["sig-sha256-ecdsa", "sig-sha256-rsa", "sig-sha1-rsa", "sig-sha1-ecdsa"];

    public HashAlgorithmName Hash => Key.StartsWith("sig-sha1-", StringComparison.Ordinal) ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;

    /// <summary>Whether the signer's key made this signature over an image with this hash.</summary>
    public bool Verifies(byte[] imageHash, AsymmetricAlgorithm signer) => signer switch
    {
        ECDsa ecdsa => ecdsa.VerifyHash(imageHash, Bytes, DSASignatureFormat.Rfc3279DerSequence),
        RSA rsa => rsa.VerifyHash(imageHash, Bytes, Hash, RSASignaturePadding.Pkcs1),
        _ => false,
    };
}
