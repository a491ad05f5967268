using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects.Multipart;

/// <summary>Unfinished uploads and their parts in the database.</summary>
public static class MultipartStore
{
    private const string UploadColumns = "bucket, object_key, upload_id, headers, metadata, tags, checksum_algorithm, checksum_type, initiated_at_ms";
    private const string PartColumns = "part_number, size_bytes, etag, bytes_id, checksums, modified_at_ms";

    /// <summary>The upload; <c>NoSuchUpload</c> also where the id belongs to another key.</summary>
    public static Result<MultipartUpload> Find(ReadSession session, Caller caller, UploadAddress address)
    {
        if (ObjectStore.FindBucket(session, caller.Account, address.Bucket).Error is { } refusal)
            return refusal;
        var upload = session.First<MultipartUpload>(
            $"SELECT {UploadColumns} FROM multipart_upload WHERE account = @Account AND bucket = @Bucket AND object_key = @Key AND upload_id = @UploadId",
            new { caller.Account, address.Bucket, address.Key, address.UploadId });
        return upload is null ? S3Errors.NoSuchUpload(address.UploadId) : upload;
    }

    public static void Insert(WriteSession session, Caller caller, MultipartUpload upload) => session.Execute(
        """
        INSERT INTO multipart_upload (account, bucket, object_key, upload_id, headers, metadata, tags, checksum_algorithm, checksum_type, initiated_at_ms)
        VALUES (@Account, @Bucket, @ObjectKey, @UploadId, @Headers, @Metadata, @Tags, @ChecksumAlgorithm, @ChecksumType, @NowMs)
        """,
        new
        {
            caller.Account, upload.Bucket, upload.ObjectKey, upload.UploadId, upload.Headers, upload.Metadata, upload.Tags,
            upload.ChecksumAlgorithm, upload.ChecksumType, session.NowMs,
        });

    /// <summary>Stores a part; one of the same number gives way.</summary>
    public static void Put(WriteSession session, Caller caller, string uploadId, UploadedPart part) => session.Execute(
        """
        INSERT INTO upload_part (account, upload_id, part_number, size_bytes, etag, bytes_id, checksums, modified_at_ms)
        VALUES (@Account, @uploadId, @PartNumber, @SizeBytes, @ETag, @BytesId, @Checksums, @NowMs)
        ON CONFLICT (account, upload_id, part_number) DO UPDATE SET
          size_bytes = excluded.size_bytes, etag = excluded.etag, bytes_id = excluded.bytes_id, checksums = excluded.checksums, modified_at_ms = excluded.modified_at_ms
        """,
        new { caller.Account, uploadId, part.PartNumber, part.SizeBytes, part.ETag, part.BytesId, part.Checksums, session.NowMs });

    public static List<UploadedPart> Parts(ReadSession session, Caller caller, string uploadId, int after, int limit) => session.Query<UploadedPart>(
        $"SELECT {PartColumns} FROM upload_part WHERE account = @Account AND upload_id = @uploadId AND part_number > @after ORDER BY part_number LIMIT @limit",
        new { caller.Account, uploadId, after, limit });

    public static void Remove(WriteSession session, Caller caller, UploadAddress address)
    {
        var at = new { caller.Account, address.Bucket, address.Key, address.UploadId };
        session.Execute("DELETE FROM upload_part WHERE account = @Account AND upload_id = @UploadId", at);
        session.Execute(
            "DELETE FROM multipart_upload WHERE account = @Account AND bucket = @Bucket AND object_key = @Key AND upload_id = @UploadId", at);
    }

    /// <summary>Uploads in the order of key and id, behind the given ones.</summary>
    public static List<MultipartUpload> List(ReadSession session, Caller caller, string bucket, string prefix, string keyMarker, string idMarker, int limit) =>
        session.Query<MultipartUpload>(
            $"""
            SELECT {UploadColumns} FROM multipart_upload
            WHERE account = @Account AND bucket = @bucket AND object_key >= @prefix
              AND (object_key > @keyMarker OR (object_key = @keyMarker AND upload_id > @idMarker AND @idMarker <> ''))
            ORDER BY object_key, upload_id LIMIT @limit
            """,
            new { caller.Account, bucket, prefix, keyMarker, idMarker, limit });
}

/// <summary>Where an unfinished upload is.</summary>
public readonly record struct UploadAddress(string Bucket, string Key, string UploadId);
