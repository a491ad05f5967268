using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Objects.Checksums;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects.Multipart;

/// <summary>
/// CompleteMultipartUpload — POST /{bucket}/{key}?uploadId. The parts are joined into one file, so that the whole has one hash and can be served from memory.
/// </summary>
public sealed class CompleteMultipartUpload(Database database, ObjectStore objects, IObjectBytes bytes, IRandomSource random)
    : IOperation<CompleteMultipartUpload.Request, PutObject.Response>
{
    /// <summary>AWS: every part but the last has at least 5 MiB.</summary>
    public const long PartBytesMin = 5L << 20;

    /// <param name="Checksums">Algorithm to base64 as the client lists them; empty where it lists none.</param>
    public sealed record Part(int Number, string ETag, IReadOnlyDictionary<string, string> Checksums);

    /// <param name="Declared">A checksum of the whole object, verified where it is of the type <c>FULL_OBJECT</c>.</param>
    public sealed record Request(UploadAddress Upload, IReadOnlyList<Part> Parts)
    {
        public DeclaredChecksums Declared { get; init; } = DeclaredChecksums.None;

        public long? ObjectBytes { get; init; }

        public bool IfNoneMatch { get; init; }
    }

    public async Task<Result<PutObject.Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.Parts.Count is 0 or > UploadPart.PartNumberMax)
            return S3Errors.MalformedXml;
        var found = await database.Read(s => Find(s, caller, request), ct);
        if (!found.IsOk)
            return found.Error;
        var (upload, parts) = found.Value;
        await using var writer = bytes.Create();
        var whole = await Join(writer, upload, parts, ct);
        if (request.ObjectBytes is { } announced && announced != writer.SizeBytes)
            return S3Errors.InvalidRequest($"The provided 'x-amz-mp-object-size' header value {announced} does not match what was computed: {writer.SizeBytes}");
        if (request.Declared.Value is { } declared && upload.ChecksumType == "FULL_OBJECT" && whole.Base64() != declared)
            return S3Errors.BadDigest(whole.Algorithm.Name());
        var version = new ObjectVersion
        {
            ObjectKey = upload.ObjectKey,
            SizeBytes = writer.SizeBytes,
            ETag = ETag(parts),
            BytesId = (await writer.Finish(ct)).Value,
            Headers = upload.Headers,
            Metadata = upload.Metadata,
            Checksums = ObjectVersion.Write(Checksums(upload, parts, whole)),
            Tags = upload.Tags,
            Parts = JsonSerializer.Serialize(parts.Select(part => new ObjectPart(
                part.PartNumber, part.SizeBytes, upload.ChecksumAlgorithm is { } name ? part.Checksum(name) : null))),
        };
        whole.Dispose();
        return await database.Change(session => Store(session, caller, request, version), ct);
    }

    private static Result<(MultipartUpload Upload, List<UploadedPart> Parts)> Find(ReadSession session, Caller caller, Request request)
    {
        var upload = MultipartStore.Find(session, caller, request.Upload);
        if (!upload.IsOk)
            return upload.Error;
        var kept = MultipartStore.Parts(session, caller, request.Upload.UploadId, 0, UploadPart.PartNumberMax).ToDictionary(p => p.PartNumber);
        var parts = new List<UploadedPart>(request.Parts.Count);
        foreach (var asked in request.Parts)
        {
            if (parts.Count > 0 && asked.Number <= parts[^1].PartNumber)
                return S3Errors.InvalidPartOrder(request.Upload.UploadId);
            if (!kept.TryGetValue(asked.Number, out var part) || part.ETag != asked.ETag || asked.Checksums.Any(c => part.Checksum(c.Key) != c.Value))
                return S3Errors.InvalidPart(request.Upload.UploadId, asked.Number, asked.ETag);
            if (parts.Count > 0 && parts[^1].SizeBytes < PartBytesMin)
                return S3Errors.EntityTooSmall(parts[^1].PartNumber, parts[^1].SizeBytes, PartBytesMin);
            parts.Add(part);
        }
        return (upload.Value, parts);
    }

    /// <summary>Writes the parts one behind the other; answers the checksum over all of it.</summary>
    private async Task<Checksum> Join(BytesWriter writer, MultipartUpload upload, List<UploadedPart> parts, CancellationToken ct)
    {
        var whole = new Checksum(ChecksumAlgorithms.Parse(upload.ChecksumAlgorithm) ?? ChecksumAlgorithm.Crc64Nvme);
        var buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
        try
        {
            foreach (var part in parts)
            {
                await using var source = await bytes.OpenRead(new BytesId(part.BytesId), new ByteRange(0, part.SizeBytes), ct);
                int count;
                while ((count = await source.ReadAsync(buffer, ct)) > 0)
                {
                    whole.Append(buffer.AsSpan(0, count));
                    await writer.Append(buffer.AsMemory(0, count), ct);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return whole;
    }

    /// <summary>AWS: the MD5 of the parts' MD5s, and how many there were.</summary>
    private static string ETag(List<UploadedPart> parts)
    {
        var all = parts.SelectMany(p => Convert.FromHexString(p.ETag)).ToArray();
        return $"{Convert.ToHexStringLower(MD5.HashData(all))}-{parts.Count.ToString(CultureInfo.InvariantCulture)}";
    }

    private static IReadOnlyDictionary<string, string> Checksums(MultipartUpload upload, List<UploadedPart> parts, Checksum whole)
    {
        // AWS: an upload that names no checksum gets one of its kind over the whole.
        if (ChecksumAlgorithms.Parse(upload.ChecksumAlgorithm) is not { } algorithm)
            return ObjectDigests.FullObject(whole.Algorithm, whole.Base64());
        if (upload.ChecksumType == "FULL_OBJECT")
            return ObjectDigests.FullObject(algorithm, whole.Base64());
        var each = parts.Select(p => p.Checksum(algorithm.Name())).ToList();
        if (each.Contains(null))
            return ObjectDetails.None;
        var all = each.SelectMany(c => Convert.FromBase64String(c!)).ToArray();
        return new Dictionary<string, string>
        {
            [algorithm.Name()] = $"{Checksum.Of(algorithm, all)}-{parts.Count.ToString(CultureInfo.InvariantCulture)}",
            [ObjectDetails.ChecksumType] = "COMPOSITE",
        };
    }

    private Result<PutObject.Response> Store(WriteSession session, Caller caller, Request request, ObjectVersion version)
    {
        var bucket = ObjectStore.FindBucket(session, caller.Account, request.Upload.Bucket);
        if (!bucket.IsOk)
            return bucket.Error;
        if (MultipartStore.Find(session, caller, request.Upload).Error is { } gone)
            return gone;
        var before = ObjectStore.Latest(session, caller.Account, request.Upload.Bucket, request.Upload.Key);
        if (request.IfNoneMatch && before is { IsDeleteMarker: false })
            return S3Errors.PreconditionFailed("If-None-Match");
        MultipartStore.Remove(session, caller, request.Upload);
        var stored = objects.Put(session, bucket.Value, version, ObjectStore.NewVersionId(random));
        session.Record(new Fact(
            caller.Account, caller.Arn, "CompleteMultipartUpload", ObjectStore.Subject(stored), before?.VersionId, stored.VersionId, $"sha256 {stored.BytesId}"));
        return new PutObject.Response(stored.ETag, bucket.Value.Versioning is null ? null : stored.VersionId, stored);
    }
}
