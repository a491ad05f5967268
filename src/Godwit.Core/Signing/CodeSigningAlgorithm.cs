namespace Godwit.Core.Signing;

/// <summary>How an image is signed: a hash and the algorithm that signs it, in Signer's words (<c>SHA256</c>, <c>ECDSA</c>).</summary>
public readonly record struct CodeSigningAlgorithm(string Hash, string Encryption)
{
    public const string Ecdsa = "ECDSA", Rsa = "RSA";

    /// <summary>What can be signed with, and so what a free platform may name.</summary>
    public static IReadOnlyList<string> Hashes { get; } = ["SHA1", "SHA256", "SHA384", "SHA512"];

    public static IReadOnlyList<string> Encryptions { get; } = [Ecdsa, Rsa];

    /// <summary>For example <c>SHA256withECDSA</c>: the member <c>signatureAlgorithm</c> of a signed object.</summary>
    public string Name => $"{Hash}with{Encryption}";

    /// <summary>Reads <see cref="Name"/> back; null for what is none.</summary>
    public static CodeSigningAlgorithm? Parse(string? name)
    {
        var parts = name?.Split("with");
        return parts is [var hash, var encryption] && Hashes.Contains(hash) && Encryptions.Contains(encryption) ? new CodeSigningAlgorithm(hash, encryption) : null;
    }

    public override string ToString() => Name;
}
