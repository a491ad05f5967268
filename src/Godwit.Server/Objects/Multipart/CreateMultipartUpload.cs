using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Objects.Checksums;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects.Multipart;

/// <summary>CreateMultipartUpload — POST /{bucket}/{key}?uploads.</summary>
public sealed class CreateMultipartUpload(Database database, IRandomSource random) : IOperation<CreateMultipartUpload.Request, MultipartUpload>
{
    private const string IdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <param name="ChecksumType"><c>COMPOSITE</c>, <c>FULL_OBJECT</c>, or null for the algorithm's usual one.</param>
    public sealed record Request(string Bucket, string Key, ObjectDetails Details, ChecksumAlgorithm? Checksum, string? ChecksumType);

    public async Task<Result<MultipartUpload>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if ((ObjectHeaders.CheckKey(request.Key) ?? ObjectHeaders.CheckMetadata(request.Details.Metadata) ?? ObjectTags.Check(request.Details.Tags)) is { } malformed)
            return malformed;
        var type = ChecksumType(request);
        if (!type.IsOk)
            return type.Error;
        var upload = new MultipartUpload
        {
            Bucket = request.Bucket,
            ObjectKey = request.Key,
            UploadId = random.NewText(64, IdAlphabet),
            Headers = ObjectVersion.Write(request.Details.Headers),
            Metadata = ObjectVersion.Write(request.Details.Metadata),
            Tags = ObjectVersion.Write(request.Details.Tags),
            ChecksumAlgorithm = request.Checksum?.Name(),
            ChecksumType = type.Value is "" ? null : type.Value,
        };
        return await database.Change<MultipartUpload>(session =>
        {
            if (ObjectStore.FindBucket(session, caller.Account, request.Bucket).Error is { } refusal)
                return refusal;
            MultipartStore.Insert(session, caller, upload);
            session.Record(new Fact(
                caller.Account, caller.Arn, "CreateMultipartUpload", $"object/{request.Bucket}/{request.Key}", null, null, $"upload {upload.UploadId}"));
            return upload;
        }, ct);
    }

    /// <summary>AWS: CRC64NVME is always over the whole object, SHA-1 and SHA-256 never, the others as asked.</summary>
    private static Result<string> ChecksumType(Request request)
    {
        if (request.Checksum is not { } algorithm)
            return request.ChecksumType is null ? "" : S3Errors.InvalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
        var usual = algorithm == ChecksumAlgorithm.Crc64Nvme ? "FULL_OBJECT" : "COMPOSITE";
        var type = request.ChecksumType ?? usual;
        var free = algorithm is ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C;
        return type == usual || (free && type == "FULL_OBJECT")
            ? type
            : S3Errors.InvalidRequest($"The {type} checksum type cannot be used with the {algorithm.Name()} checksum algorithm.");
    }
}
