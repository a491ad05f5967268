using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Streams;
using Godwit.Server.Tags;

namespace Godwit.Server.OtaUpdates;

/// <summary>OTA updates in the database; every method runs inside the caller's session.</summary>
internal static class OtaUpdateStore
{
    public static string Resource(string otaUpdateId) => $"otaupdate/{otaUpdateId}";

    /// <summary>What a job of an update installs: the fileVersion of its first file, or the update's id; null for a job of another kind.</summary>
    public static string? VersionOfJob(ReadSession session, string account, string jobId) =>
        OtaUpdateRules.OfJob(jobId) is { } id && Find(session, account, id) is { } row && row.JobId == jobId
            ? row.ReadRequest().Files.Select(file => file.FileVersion).FirstOrDefault(version => !string.IsNullOrEmpty(version)) ?? id
            : null;

    public static bool Exists(ReadSession session, string account, string otaUpdateId) =>
        session.First<long>("SELECT COUNT(*) FROM ota_update WHERE account = @account AND ota_update_id = @otaUpdateId", new { account, otaUpdateId }) != 0;

    public static OtaUpdateRow? Find(ReadSession session, string account, string otaUpdateId) =>
        session.First<OtaUpdateRow>("SELECT * FROM ota_update WHERE account = @account AND ota_update_id = @otaUpdateId", new { account, otaUpdateId });

    /// <summary>A page, newest first; <paramref name="before"/> is the last one of the page before.</summary>
    public static List<OtaUpdateRow> List(ReadSession session, string account, string? status, (long AtMs, string Id)? before, int max) =>
        session.Query<OtaUpdateRow>(
            $"""
            SELECT ota_update_id, created_at_ms FROM ota_update
            WHERE account = @account {(status is null ? "" : "AND status = @status")}
            {(before is null ? "" : "AND (created_at_ms, ota_update_id) < (@AtMs, @Id)")}
            ORDER BY created_at_ms DESC, ota_update_id DESC LIMIT @max
            """,
            new { account, status, before?.AtMs, before?.Id, max });

    /// <summary>Updates with a step to do, of all accounts, oldest first.</summary>
    public static List<OtaUpdateKey> Unfinished(ReadSession session, int max) =>
        [.. session.Query<OtaUpdateRow>("SELECT account, ota_update_id FROM ota_update WHERE step IS NOT NULL ORDER BY created_at_ms LIMIT @max", new { max })
            .Select(row => new OtaUpdateKey(row.Account, row.OtaUpdateId))];

    public static void Insert(WriteSession session, OtaUpdateRow row) => session.Execute(
        """
        INSERT INTO ota_update (account, ota_update_id, status, region, caller_arn, access_key_id, request, step, stream_id,
          delete_stream, force_delete_job, created_at_ms, last_modified_at_ms)
        VALUES (@Account, @OtaUpdateId, @Status, @Region, @CallerArn, @AccessKeyId, @Request, @Step, @StreamId, 0, 0, @atMs, @atMs)
        """,
        new { row.Account, row.OtaUpdateId, row.Status, row.Region, row.CallerArn, row.AccessKeyId, row.Request, row.Step, row.StreamId, atMs = session.NowMs });

    /// <summary>
    /// Stores the row's status, step and results in place of <paramref name="before"/>'s and records the fact; false if another has moved it meanwhile.
    /// </summary>
    public static bool Move(WriteSession session, OtaUpdateRow before, OtaUpdateRow after, string who, string kind)
    {
        var moved = session.Execute(
            """
            UPDATE ota_update SET status = @Status, step = @Step, job_document = @JobDocument, signing = @Signing, job_id = @JobId, error_code = @ErrorCode, error_message = @ErrorMessage,
              delete_stream = @DeleteStream, force_delete_job = @ForceDeleteJob, last_modified_at_ms = @atMs
            WHERE account = @Account AND ota_update_id = @OtaUpdateId AND status = @statusBefore
              AND (step = @stepBefore OR (step IS NULL AND @stepBefore IS NULL))
            """,
            new
            {
                after.Account, after.OtaUpdateId, after.Status, after.Step, after.JobDocument, after.Signing, after.JobId, after.ErrorCode, after.ErrorMessage,
                after.DeleteStream, after.ForceDeleteJob, atMs = session.NowMs, statusBefore = before.Status, stepBefore = before.Step,
            });
        if (moved == 0)
            return false;
        var why = after.ErrorCode is null ? null : $"{after.ErrorCode}: {after.ErrorMessage}";
        session.Record(new Fact(after.Account, who, kind, Resource(after.OtaUpdateId), before.Status, after.Status, why, Job: after.JobId));
        return true;
    }

    public static void Delete(WriteSession session, OtaUpdateRow row, string who)
    {
        session.Execute("DELETE FROM ota_update WHERE account = @Account AND ota_update_id = @OtaUpdateId", new { row.Account, row.OtaUpdateId });
        ResourceTags.Clear(session, row.Account, Resource(row.OtaUpdateId));
        session.Record(new Fact(row.Account, who, "DeleteOTAUpdate", Resource(row.OtaUpdateId), row.Status, null, Job: row.JobId));
    }
}

/// <summary>Which OTA update.</summary>
internal readonly record struct OtaUpdateKey(string Account, string OtaUpdateId);

/// <summary>An OTA update as stored.</summary>
internal sealed record OtaUpdateRow
{
    public string Account { get; init; } = "";

    public string OtaUpdateId { get; init; } = "";

    public string Status { get; init; } = "";

    public string Region { get; init; } = "";

    public string CallerArn { get; init; } = "";

    public string AccessKeyId { get; init; } = "";

    /// <summary><see cref="CreateOtaUpdate.Request"/> without its tags, as <see cref="OtaUpdateJson"/> writes it.</summary>
    public string Request { get; init; } = "";

    public string? Step { get; init; }

    public string? StreamId { get; init; }

    /// <summary>For each file what Signer made of it, as <see cref="OtaSignedFile"/> writes it; null where Signer has no part.</summary>
    public string? Signing { get; init; }

    public string? JobDocument { get; init; }

    public string? JobId { get; init; }

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    public long DeleteStream { get; init; }

    public long ForceDeleteJob { get; init; }

    public long CreatedAtMs { get; init; }

    public long LastModifiedAtMs { get; init; }

    /// <summary>Whose order it is: what is done for it later is done in this name.</summary>
    public Caller Caller => new(Account, Region, CallerArn, AccessKeyId);

    public IReadOnlyList<OtaSignedFile?> ReadSigning => OtaSignedFile.Read(Signing);

    /// <summary>Where a file's image lies: over the signed object, or as the request says.</summary>
    public S3Location? LocationOf(CreateOtaUpdate.Request request, int index) => ReadSigning.ElementAtOrDefault(index)?.Image ?? request.Files[index].FileLocation?.S3Location;

    public CreateOtaUpdate.Request ReadRequest() => OtaUpdateJson.Read(Request);

    public OtaUpdateRow Failed(string status, ServiceError error) => this with { Status = status, Step = null, ErrorCode = error.Code, ErrorMessage = error.Message };
}
