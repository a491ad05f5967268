using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>The way of other slices to what signing jobs have made of an object.</summary>
public static class ObjectSignatures
{
    /// <summary>The newest signature of an object that an account has had signed and that is not revoked, in base64; null where there is none.</summary>
    /// <param name="versionId">Null for any version of the object.</param>
    public static string? Newest(ReadSession session, string account, string bucket, string key, string? versionId) => session.First<string>(
        """
        SELECT signature FROM signing_job
        WHERE invoker = @account AND source_bucket = @bucket AND source_key = @key AND (@versionId IS NULL OR source_version = @versionId)
          AND status = @succeeded AND revoked_at_ms IS NULL
        ORDER BY created_at_ms DESC, job_id DESC LIMIT 1
        """,
        new { account, bucket, key, versionId, succeeded = SigningJobStatus.Succeeded });
}
