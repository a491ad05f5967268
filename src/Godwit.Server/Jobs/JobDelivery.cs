using Godwit.Core.Jobs;
using Godwit.Server.Objects;
using Godwit.Server.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>
/// Hands out job documents to devices: each time with URLs signed anew, so that a device which waited or came back can still download, and with the signatures
/// that stand then.
/// </summary>
public sealed class JobDelivery(PresignedUrls urls)
{
    /// <summary>The document of an execution, as JSON text.</summary>
    internal string Document(ReadSession session, JobExecutionRow execution)
    {
        var job = session.First<DocumentRow>(
            "SELECT job_id, region, presign_expires_sec, has_placeholders, device_document FROM job WHERE job_key = @JobKey", new { execution.JobKey })!;
        return job.HasPlaceholders == 0
            ? job.DeviceDocument
            : DocumentPlaceholders.Fill(job.DeviceDocument, placeholder => Text(session, placeholder, job, execution));
    }

    private string? Text(ReadSession session, DocumentPlaceholder placeholder, DocumentRow job, JobExecutionRow execution)
    {
        // A placeholder that names no object, or one that nobody has signed, stays: the device sees what the author wrote.
        if (placeholder.Location is not { } at)
            return null;
        if (placeholder.Kind == PlaceholderKind.Signature)
            return ObjectSignatures.Newest(session, execution.Account, at.Bucket, at.Key, at.VersionId);
        var expires = TimeSpan.FromSeconds(job.PresignExpiresSec);
        return placeholder.Kind == PlaceholderKind.Download
            ? urls.ForGet(execution.Account, job.Region, at.Bucket, at.Key, at.VersionId, expires)
            : urls.ForPut(
                execution.Account, job.Region, at.Bucket,
                DocumentPlaceholders.UploadKey(at.Key, execution.ThingName, job.JobId, execution.ExecutionNumber), expires);
    }

    private sealed record DocumentRow
    {
        public string JobId { get; init; } = "";

        public string Region { get; init; } = "";

        public long PresignExpiresSec { get; init; }

        public long HasPlaceholders { get; init; }

        public string DeviceDocument { get; init; } = "";
    }
}
