using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>Buckets and object versions in the database.</summary>
public sealed class ObjectStore(Database database, ObjectCache cache)
{
    private const string BucketColumns = "account, bucket AS name, region, versioning, created_at_ms";

    private const string VersionColumns =
        "seq, bucket, object_key, version_id, is_latest, is_delete_marker, size_bytes, etag, bytes_id, headers, metadata, checksums, tags, parts, modified_at_ms";

    private const string VersionIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static string NewVersionId(IRandomSource random) => random.NewText(32, VersionIdAlphabet);

    /// <summary>How the journal names an object.</summary>
    public static string Subject(ObjectVersion version) => $"object/{version.Bucket}/{version.ObjectKey}";

    /// <summary>
    /// A version by its id, or the latest. Answered from memory where it is known, so that hundreds of ranges of one image cost one query.
    /// A delete marker is given as it is.
    /// </summary>
    public ValueTask<Result<ObjectVersion>> Find(string account, string bucket, string key, string? versionId, CancellationToken ct) =>
        cache.TryGet(new(account, bucket, key, versionId), out var known)
            ? ValueTask.FromResult<Result<ObjectVersion>>(known)
            : new(Load(account, bucket, key, versionId, ct));

    public Task<Result<Bucket>> FindBucket(string account, string bucket, CancellationToken ct) =>
        database.Read(s => FindBucket(s, account, bucket), ct);

    public Task<List<Bucket>> ListBuckets(string account, CancellationToken ct) =>
        database.Read(s => s.Query<Bucket>($"SELECT {BucketColumns} FROM bucket WHERE account = @account ORDER BY bucket", new { account }), ct);

    public static Result<Bucket> FindBucket(ReadSession session, string account, string bucket)
    {
        var found = session.First<Bucket>($"SELECT {BucketColumns} FROM bucket WHERE bucket = @bucket", new { bucket });
        if (found is null)
            return S3Errors.NoSuchBucket(bucket);
        return found.Account == account ? found : S3Errors.AccessDenied();
    }

    public static ObjectVersion? Latest(ReadSession session, string account, string bucket, string key) =>
        session.First<ObjectVersion>(
            $"SELECT {VersionColumns} FROM object_version WHERE account = @account AND bucket = @bucket AND object_key = @key AND is_latest = 1",
            new { account, bucket, key });

    public static ObjectVersion? Version(ReadSession session, string account, string bucket, string key, string versionId) =>
        session.First<ObjectVersion>(
            $"SELECT {VersionColumns} FROM object_version WHERE account = @account AND bucket = @bucket AND object_key = @key AND version_id = @versionId",
            new { account, bucket, key, versionId });

    /// <summary>
    /// Makes this the latest version: beside the others where versioning is on, in place of the null version where it is not.
    /// <paramref name="newId"/> is its id in the first case. Answers what was stored.
    /// </summary>
    public ObjectVersion Put(WriteSession session, Bucket bucket, ObjectVersion version, string newId)
    {
        var at = new { account = bucket.Account, bucket = bucket.Name, key = version.ObjectKey };
        if (bucket.Versioning != Bucket.Enabled)
        {
            newId = ObjectVersion.NullId;
            session.Execute("DELETE FROM object_version WHERE account = @account AND bucket = @bucket AND object_key = @key AND version_id = 'null'", at);
        }
        session.Execute("UPDATE object_version SET is_latest = 0 WHERE account = @account AND bucket = @bucket AND object_key = @key AND is_latest = 1", at);
        var stored = version with { Bucket = bucket.Name, VersionId = newId, IsLatest = true, ModifiedAtMs = session.NowMs };
        session.Execute(
            """
            INSERT INTO object_version (account, bucket, object_key, version_id, is_latest, is_delete_marker, size_bytes, etag, bytes_id, headers, metadata, checksums, tags, parts, modified_at_ms)
            VALUES (@Account, @Bucket, @ObjectKey, @VersionId, 1, @IsDeleteMarker, @SizeBytes, @ETag, @BytesId, @Headers, @Metadata, @Checksums, @Tags, @Parts, @ModifiedAtMs)
            """,
            new
            {
                bucket.Account, stored.Bucket, stored.ObjectKey, stored.VersionId, IsDeleteMarker = stored.IsDeleteMarker ? 1 : 0, stored.SizeBytes,
                stored.ETag, stored.BytesId, stored.Headers, stored.Metadata, stored.Checksums, stored.Tags, stored.Parts, stored.ModifiedAtMs,
            });
        ForgetAfterCommit(session, bucket, version.ObjectKey);
        return stored;
    }

    /// <summary>Gives a version these tags in place of those it has.</summary>
    public void PutTags(WriteSession session, Bucket bucket, ObjectVersion version, string tags)
    {
        session.Execute(
            "UPDATE object_version SET tags = @tags WHERE account = @Account AND bucket = @Name AND object_key = @ObjectKey AND version_id = @VersionId",
            new { tags, bucket.Account, bucket.Name, version.ObjectKey, version.VersionId });
        ForgetAfterCommit(session, bucket, version.ObjectKey);
    }

    /// <summary>Removes one version; the newest of the others becomes the latest.</summary>
    public void Remove(WriteSession session, Bucket bucket, ObjectVersion version)
    {
        var at = new { account = bucket.Account, bucket = bucket.Name, key = version.ObjectKey, versionId = version.VersionId };
        session.Execute("DELETE FROM object_version WHERE account = @account AND bucket = @bucket AND object_key = @key AND version_id = @versionId", at);
        if (version.IsLatest)
        {
            session.Execute(
                """
                UPDATE object_version SET is_latest = 1 WHERE seq =
                  (SELECT MAX(seq) FROM object_version WHERE account = @account AND bucket = @bucket AND object_key = @key)
                """, at);
        }
        ForgetAfterCommit(session, bucket, version.ObjectKey);
    }

    /// <summary>Whether any object or part has these bytes; asked before they are collected.</summary>
    public static bool IsReferenced(ReadSession session, string bytesId) =>
        session.First<long?>("SELECT 1 FROM object_version WHERE bytes_id = @bytesId LIMIT 1", new { bytesId }) is not null
        || session.First<long?>("SELECT 1 FROM upload_part WHERE bytes_id = @bytesId LIMIT 1", new { bytesId }) is not null;

    private void ForgetAfterCommit(WriteSession session, Bucket bucket, string key)
    {
        var (account, name) = (bucket.Account, bucket.Name);
        session.AfterCommit(() => cache.Forget(account, name, key));
    }

    private async Task<Result<ObjectVersion>> Load(string account, string bucket, string key, string? versionId, CancellationToken ct)
    {
        var before = cache.Generation;
        var found = await database.Read<Result<ObjectVersion>>(s =>
        {
            var version = versionId is null ? Latest(s, account, bucket, key) : Version(s, account, bucket, key, versionId);
            if (version is not null)
                return version;
            if (FindBucket(s, account, bucket).Error is { } refusal)
                return refusal;
            return versionId is null ? S3Errors.NoSuchKey(key) : S3Errors.NoSuchVersion(key, versionId);
        }, ct);
        if (found.IsOk)
            cache.Add(new(account, bucket, key, versionId), found.Value, before);
        return found;
    }
}
