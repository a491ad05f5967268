using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>Signing jobs in the database; every method runs inside the caller's session.</summary>
internal static class SigningJobStore
{
    /// <summary>A job that an account owns or has started.</summary>
    public static SigningJobRow? Find(ReadSession session, string account, string jobId) =>
        session.First<SigningJobRow>("SELECT * FROM signing_job WHERE account = @account AND job_id = @jobId", new { account, jobId })
        ?? session.First<SigningJobRow>("SELECT * FROM signing_job WHERE invoker = @account AND job_id = @jobId", new { account, jobId });

    public static SigningJobRow? FindByToken(ReadSession session, string invoker, string token) =>
        session.First<SigningJobRow>("SELECT * FROM signing_job WHERE invoker = @invoker AND client_request_token = @token", new { invoker, token });

    /// <summary>Jobs with a step to do, of all accounts, oldest first.</summary>
    public static List<SigningJobKey> Unfinished(ReadSession session, int max) =>
        [.. session.Query<SigningJobRow>("SELECT account, job_id FROM signing_job WHERE step IS NOT NULL ORDER BY created_at_ms LIMIT @max", new { max })
            .Select(row => new SigningJobKey(row.Account, row.JobId))];

    public static void Insert(WriteSession session, SigningJobRow row)
    {
        session.Execute(
            """
            INSERT INTO signing_job (account, job_id, invoker, region, caller_arn, access_key_id, client_request_token, status, step, status_reason, profile_name, profile_version, platform_id,
              certificate_arn, overrides, signing_parameters, algorithm, image_format, source_bucket, source_key, source_version, destination_bucket, destination_key, signature,
              raw_size_bytes, created_at_ms, completed_at_ms, signature_expires_at_ms)
            VALUES (@Account, @JobId, @Invoker, @Region, @CallerArn, @AccessKeyId, @ClientRequestToken, @Status, @Step, @StatusReason, @ProfileName, @ProfileVersion, @PlatformId,
              @CertificateArn, @Overrides, @SigningParameters, @Algorithm, @ImageFormat, @SourceBucket, @SourceKey, @SourceVersion, @DestinationBucket, @DestinationKey, @Signature,
              @RawSizeBytes, @CreatedAtMs, @CompletedAtMs, @SignatureExpiresAtMs)
            """, row);
        session.Record(new Fact(row.Account, row.CallerArn, row.SourceBucket is null ? "SignPayload" : "StartSigningJob", row.Resource, null, row.Status, $"profile {row.ProfileName}"));
    }

    /// <summary>Stores a step's result in place of <paramref name="before"/>; false if another has moved the job meanwhile.</summary>
    public static bool Move(WriteSession session, SigningJobRow before, SigningJobRow after)
    {
        var moved = session.Execute(
            """
            UPDATE signing_job SET status = @Status, step = @Step, status_reason = @StatusReason, signature = @Signature, raw_size_bytes = @RawSizeBytes, signed_version = @SignedVersion,
              completed_at_ms = @completedAtMs, signature_expires_at_ms = @SignatureExpiresAtMs
            WHERE account = @Account AND job_id = @JobId AND step = @stepBefore
            """,
            new
            {
                after.Account, after.JobId, after.Status, after.Step, after.StatusReason, after.Signature, after.RawSizeBytes, after.SignedVersion,
                completedAtMs = after.Step is null ? session.NowMs : (long?)null, after.SignatureExpiresAtMs, stepBefore = before.Step,
            });
        if (moved == 0)
            return false;
        session.Record(new Fact(after.Account, after.CallerArn, $"StartSigningJob/{before.Step}", after.Resource, before.Status, after.Status, after.StatusReason));
        return true;
    }

    public static void Revoke(WriteSession session, SigningJobRow row, string who, string reason)
    {
        session.Execute(
            "UPDATE signing_job SET revoked_at_ms = @atMs, revoked_by = @who, revocation_reason = @reason WHERE account = @Account AND job_id = @JobId",
            new { row.Account, row.JobId, atMs = session.NowMs, who, reason });
        session.Record(new Fact(row.Account, who, "RevokeSignature", row.Resource, row.Status, "Revoked", reason));
    }
}
