using System.Buffers;
using System.Globalization;
using Godwit.Core;
using Godwit.Core.Objects;
using Godwit.Server.Objects.Bytes;

namespace Godwit.Server.Objects.S3;

/// <summary>
/// Sends an object's bytes. Images and ranges go out of verified memory; a large object asked for as a whole is verified while it is sent,
/// and the connection is cut before its last byte where it is damaged.
/// </summary>
public sealed class S3ObjectBody(IObjectBytes bytes)
{
    /// <summary>Above this a first download of the whole does not wait for a hash of the whole.</summary>
    private const long VerifiedFirstBytesMax = 32 << 20;

    private const int ChunkBytes = 128 << 10;

    public async Task<ServiceError?> Send(S3Request request, S3Response response, GetObject.Response found, bool withBody, CancellationToken ct)
    {
        var (version, range) = (found.Version, found.Range);
        if (!withBody)
        {
            Begin(response, found);
            return null;
        }
        try
        {
            if (version.SizeBytes <= bytes.MapBytesMax && (found.Verdict == RangeVerdict.Part || version.SizeBytes <= VerifiedFirstBytesMax))
            {
                using var lease = await bytes.Map(version.Bytes, ct);
                Begin(response, found);
                await Copy(lease.Memory.Slice((int)range.Offset, (int)range.Length), response.Body, ct);
                return null;
            }
        }
        catch (DamagedBytesException damage)
        {
            return Damaged(damage);
        }
        return await SendStream(response, found, ct);
    }

    private async Task<ServiceError?> SendStream(S3Response response, GetObject.Response found, CancellationToken ct)
    {
        Stream source;
        try
        {
            source = await bytes.OpenRead(found.Version.Bytes, found.Range, ct);
        }
        catch (DamagedBytesException damage)
        {
            return Damaged(damage);
        }
        await using (source)
        {
            Begin(response, found);
            // Damage found from here on is thrown through the door, which cuts the connection.
            var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
            try
            {
                int count;
                while ((count = await source.ReadAsync(buffer, ct)) > 0)
                    await response.Body.WriteAsync(buffer.AsMemory(0, count), ct);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        return null;
    }

    private static void Begin(S3Response response, GetObject.Response found)
    {
        var range = found.Range;
        if (found.Verdict == RangeVerdict.Part)
        {
            response.Status = 206;
            response.SetHeader("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {range.Offset}-{range.Last}/{found.Version.SizeBytes}"));
        }
        response.ContentBytes = range.Length;
    }

    /// <summary>In pieces: a write is taken whole into the connection's buffers before it waits for the client.</summary>
    private static async Task Copy(ReadOnlyMemory<byte> source, Stream body, CancellationToken ct)
    {
        for (; source.Length > ChunkBytes; source = source[ChunkBytes..])
            await body.WriteAsync(source[..ChunkBytes], ct);
        await body.WriteAsync(source, ct);
    }

    private static ServiceError Damaged(DamagedBytesException damage) => S3Errors.InternalError(damage.Message);
}
