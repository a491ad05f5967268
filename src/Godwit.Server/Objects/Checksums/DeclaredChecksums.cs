using Godwit.Core;

namespace Godwit.Server.Objects.Checksums;

/// <summary>What an upload says of its own bytes; every claim is verified before anything is kept.</summary>
/// <param name="Md5">Base64, from <c>Content-MD5</c>.</param>
/// <param name="Algorithm">The one additional checksum, or null.</param>
/// <param name="Value">Its value in base64, or null where it follows the body as a trailer or is only asked for.</param>
/// <param name="Trailer">Reads the value from behind the body, once that has been read; null where none was announced.</param>
public sealed record DeclaredChecksums(string? Md5, ChecksumAlgorithm? Algorithm, string? Value, Func<string?>? Trailer)
{
    public static DeclaredChecksums None { get; } = new(null, null, null, null);

    /// <summary>Refuses claims that no bytes could meet.</summary>
    public ServiceError? CheckForm()
    {
        if (Md5 is not null && !IsBase64Of(Md5, 16))
            return S3Errors.InvalidDigest(Md5);
        return Algorithm is { } algorithm && Value is not null && !IsBase64Of(Value, algorithm.Bytes())
            ? S3Errors.InvalidRequest($"Value for {algorithm.Header()} header is invalid.")
            : null;
    }

    /// <summary>Compares with what was computed.</summary>
    public ServiceError? Verify(ReadOnlySpan<byte> md5, string? computed)
    {
        if (Md5 is not null && Md5 != Convert.ToBase64String(md5))
            return S3Errors.BadDigestMd5;
        if (Algorithm is not { } algorithm)
            return null;
        var value = Value;
        if (Trailer is not null)
        {
            value = Trailer();
            if (value is null || !IsBase64Of(value, algorithm.Bytes()))
                return S3Errors.InvalidRequest($"Value for {algorithm.Header()} trailing header is invalid.");
        }
        return value is null || value == computed ? null : S3Errors.BadDigest(algorithm.Name());
    }

    private static bool IsBase64Of(string text, int bytes)
    {
        Span<byte> decoded = stackalloc byte[64];
        return text.Length <= 64 && Convert.TryFromBase64String(text, decoded, out var count) && count == bytes;
    }
}
