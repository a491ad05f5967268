using System.Security.Cryptography;
using System.Text;

namespace Godwit.Server.Access;

/// <summary>
/// Seals secrets that the database keeps (AES-256-GCM), so that a copy of the database alone gives none away,
/// and derives the service's own secrets. Its key is a file of 32 bytes, mode 0600, made at first start; <see cref="SealKey"/> says where it lies.
/// </summary>
public sealed class SecretSeal
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _key;
    private readonly IRandomSource _random;

    private SecretSeal(byte[] key, IRandomSource random) => (_key, _random) = (key, random);

    public static SecretSeal Open(string path, IRandomSource random)
    {
        if (!File.Exists(path))
        {
            var fresh = new byte[KeyBytes];
            random.Fill(fresh);
            PrivateFile.Write(path, fresh);
        }

        var key = File.ReadAllBytes(path);
        return Open(key, random)
            ?? throw new InvalidDataException($"{path} must hold {KeyBytes} bytes but holds {key.Length}; restore it from the backup that the database came from.");
    }

    /// <summary>With a key that was read already; null where it has not 32 bytes.</summary>
    public static SecretSeal? Open(byte[] key, IRandomSource random) => key.Length == KeyBytes ? new SecretSeal(key, random) : null;

    /// <summary>Nonce, tag and ciphertext. <paramref name="context"/> (the row's key) must be the same when it is opened.</summary>
    public byte[] Seal(string secret, string context) => Seal(Encoding.UTF8.GetBytes(secret), context);

    /// <inheritdoc cref="Seal(string, string)"/>
    public byte[] Seal(ReadOnlySpan<byte> plain, string context)
    {
        var all = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = all.AsSpan(0, NonceBytes);
        _random.Fill(nonce);
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(nonce, plain, all.AsSpan(NonceBytes + TagBytes), all.AsSpan(NonceBytes, TagBytes), Encoding.UTF8.GetBytes(context));
        return all;
    }

    /// <exception cref="CryptographicException">It was sealed with another key, for another context, or is damaged.</exception>
    public string Unseal(byte[] all, string context) => Encoding.UTF8.GetString(UnsealBytes(all, context));

    /// <inheritdoc cref="Unseal"/>
    public byte[] UnsealBytes(byte[] all, string context)
    {
        var plain = new byte[all.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        aes.Decrypt(
            all.AsSpan(0, NonceBytes), all.AsSpan(NonceBytes + TagBytes), all.AsSpan(NonceBytes, TagBytes), plain, Encoding.UTF8.GetBytes(context));
        return plain;
    }

    /// <summary>A secret that needs no storing: the same for the same purpose, of no use for any other.</summary>
    public string Derive(string purpose) => Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(purpose)));
}
