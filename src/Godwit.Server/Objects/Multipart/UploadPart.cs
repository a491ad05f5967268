using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Objects.Checksums;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects.Multipart;

/// <summary>UploadPart and UploadPartCopy — PUT /{bucket}/{key}?partNumber&amp;uploadId. A part of the same number gives way.</summary>
public sealed class UploadPart(Database database, ObjectStore objects, IObjectBytes bytes) : IOperation<UploadPart.Request, UploadedPart>
{
    public const int PartNumberMax = 10_000;

    public sealed record Request(UploadAddress Upload, int PartNumber, Stream Body, long? SizeBytes, DeclaredChecksums Declared);

    /// <param name="Range"><c>bytes=first-last</c>, or null for all of the source.</param>
    public sealed record CopyRequest(UploadAddress Upload, int PartNumber, ObjectAddress Source, Preconditions Conditions, string? Range);

    public async Task<Result<UploadedPart>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.PartNumber is < 1 or > PartNumberMax)
            return PartNumberRefusal(request.PartNumber);
        var upload = await database.Read(s => MultipartStore.Find(s, caller, request.Upload), ct);
        if (!upload.IsOk)
            return upload.Error;
        // A part without a checksum of the upload's algorithm gets one, so that the whole can have its own.
        var declared = request.Declared.Algorithm is null && ChecksumAlgorithms.Parse(upload.Value.ChecksumAlgorithm) is { } algorithm
            ? request.Declared with { Algorithm = algorithm }
            : request.Declared;
        var received = await ObjectUpload.Receive(bytes, request.Body, request.SizeBytes, declared, ct);
        if (!received.IsOk)
            return received.Error;
        await using var part = received.Value;
        return await Store(caller, request.Upload, request.PartNumber, part, ct);
    }

    public async Task<Result<UploadedPart>> Handle(Caller caller, CopyRequest request, CancellationToken ct)
    {
        var source = await CopyObject.FindSource(objects, caller, request.Source, request.Conditions, ct);
        if (!source.IsOk)
            return source.Error;
        var range = ByteRange.Resolve(request.Range, source.Value.SizeBytes);
        var last = request.Range is null ? 0 : Last(request.Range);
        if (range.Verdict == RangeVerdict.Unsatisfiable || (request.Range is not null && (range.Verdict == RangeVerdict.Whole || last >= source.Value.SizeBytes)))
            return S3Errors.InvalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
                "x-amz-copy-source-range", request.Range!);
        await using var body = await bytes.OpenRead(source.Value.Bytes, range.Range, ct);
        return await Handle(caller, new Request(request.Upload, request.PartNumber, body, range.Range.Length, DeclaredChecksums.None), ct);
    }

    private static long Last(string range) =>
        long.TryParse(range.AsSpan(range.IndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : long.MaxValue;

    private static ServiceError PartNumberRefusal(int partNumber) => S3Errors.InvalidArgument(
        "Part number must be an integer between 1 and 10000, inclusive", "partNumber", partNumber.ToString(CultureInfo.InvariantCulture));

    private Task<Result<UploadedPart>> Store(Caller caller, UploadAddress address, int number, ObjectUpload received, CancellationToken ct) =>
        database.Change<UploadedPart>(session =>
        {
            // The upload may have been finished or aborted while the part came in.
            if (MultipartStore.Find(session, caller, address).Error is { } gone)
                return gone;
            var part = new UploadedPart
            {
                PartNumber = number,
                SizeBytes = received.SizeBytes,
                ETag = received.Md5Hex,
                BytesId = received.BytesId.Value,
                Checksums = ObjectVersion.Write(received.Checksums),
                ModifiedAtMs = session.NowMs,
            };
            MultipartStore.Put(session, caller, address.UploadId, part);
            session.Record(new Fact(
                caller.Account, caller.Arn, "UploadPart", $"object/{address.Bucket}/{address.Key}", null, null, $"upload {address.UploadId} part {number}"));
            return part;
        }, ct);
}
