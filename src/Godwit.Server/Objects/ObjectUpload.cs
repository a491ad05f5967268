using System.Buffers;
using System.Security.Cryptography;
using Godwit.Core;
using Godwit.Core.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Objects.Checksums;

namespace Godwit.Server.Objects;

/// <summary>Bytes on their way in: stored, hashed and checked in one pass. Dispose it after the transaction that refers to the bytes.</summary>
public sealed class ObjectUpload : IAsyncDisposable
{
    /// <summary>AWS: S3 > one PUT carries at most 5 GiB.</summary>
    public const long BytesMax = 5L << 30;

    private const int BufferBytes = 128 << 10;

    private readonly BytesWriter _writer;

    private ObjectUpload(BytesWriter writer) => _writer = writer;

    public BytesId BytesId { get; private set; }

    public long SizeBytes => _writer.SizeBytes;

    /// <summary>MD5 in hex: the ETag of bytes uploaded in one piece.</summary>
    public string Md5Hex { get; private set; } = "";

    /// <summary>The additional checksum as it is stored.</summary>
    public IReadOnlyDictionary<string, string> Checksums { get; private set; } = ObjectDetails.None;

    /// <summary>Reads <paramref name="source"/> to its end. <paramref name="length"/> is what the client announced, or null.</summary>
    public static async Task<Result<ObjectUpload>> Receive(
        IObjectBytes bytes, Stream source, long? length, DeclaredChecksums declared, CancellationToken ct)
    {
        if (declared.CheckForm() is { } malformed)
            return malformed;
        if (length > BytesMax)
            return S3Errors.EntityTooLarge(length.Value, BytesMax);
        var upload = new ObjectUpload(bytes.Create());
        try
        {
            if (await upload.Take(source, length, declared, ct) is not { } refusal)
                return upload;
            await upload.DisposeAsync();
            return refusal;
        }
        catch
        {
            await upload.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private async Task<ServiceError?> Take(Stream source, long? length, DeclaredChecksums declared, CancellationToken ct)
    {
        // The ETag's definition, not a protection: bytes are told apart by their SHA-256.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        // AWS: what comes without a checksum gets one of this kind.
        using var checksum = new Checksum(declared.Algorithm ?? ChecksumAlgorithm.Crc64Nvme);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int count;
            while ((count = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct)) > 0)
            {
                if (SizeBytes + count > BytesMax)
                    return S3Errors.EntityTooLarge(SizeBytes + count, BytesMax);
                md5.AppendData(buffer, 0, count);
                checksum.Append(buffer.AsSpan(0, count));
                await _writer.Append(buffer.AsMemory(0, count), ct);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (length is { } announced && announced != SizeBytes)
            return S3Errors.IncompleteBody;
        var hash = md5.GetHashAndReset();
        var computed = checksum.Base64();
        if (declared.Verify(hash, computed) is { } refusal)
            return refusal;
        Md5Hex = Convert.ToHexStringLower(hash);
        Checksums = ObjectDigests.FullObject(checksum.Algorithm, computed);
        BytesId = await _writer.Finish(ct);
        return null;
    }
}
