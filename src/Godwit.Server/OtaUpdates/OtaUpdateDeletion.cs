using Godwit.Core;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;
using Godwit.Server.Streams;

namespace Godwit.Server.OtaUpdates;

/// <summary>The deletion of an OTA update, one recorded step at a time: its job, its stream, its entry. What is gone already counts as deleted.</summary>
public sealed class OtaUpdateDeletion(Database database, DeleteJob deleteJob, DescribeJob describeJob, DeleteStream deleteStream)
{
    /// <inheritdoc cref="OtaUpdateCreation.Seam"/>
    internal Action<string, OtaUpdateRow>? Seam { get; set; }

    /// <summary>Takes the row's next step; false where it must wait for others and be tried again later.</summary>
    internal async Task<bool> Take(OtaUpdateRow row, CancellationToken ct)
    {
        Seam?.Invoke($"before {row.Step}", row);
        var refusal = row.Step switch
        {
            OtaUpdateStep.DeleteJob => await DeleteJob(row, ct),
            OtaUpdateStep.DeleteStream => await DeleteStream(row, ct),
            OtaUpdateStep.DeleteEntry => null,
            _ => throw new InvalidOperationException($"OTA update {row.OtaUpdateId} has the unknown step {row.Step}."),
        };
        Seam?.Invoke($"after {row.Step}", row);
        // Only so many jobs are deleted at one time.
        if (refusal?.Code == "LimitExceededException")
            return false;
        return await database.Write(session => Record(session, row, refusal), ct);
    }

    private static bool Record(WriteSession session, OtaUpdateRow row, ServiceError? refusal)
    {
        if (refusal is null && row.Step == OtaUpdateStep.DeleteEntry)
        {
            OtaUpdateStore.Delete(session, row, row.CallerArn);
            return true;
        }
        var next = refusal is null
            ? row with { Step = row.Step == OtaUpdateStep.DeleteJob ? OtaUpdateStep.DeleteStream : OtaUpdateStep.DeleteEntry }
            : row.Failed(OtaUpdateStatus.DeleteFailed, refusal);
        return OtaUpdateStore.Move(session, row, next, row.CallerArn, $"DeleteOTAUpdate/{row.Step}");
    }

    /// <summary>Only the update's own job: one whose creation failed has none.</summary>
    private async Task<ServiceError?> DeleteJob(OtaUpdateRow row, CancellationToken ct)
    {
        if (row.JobId is null)
            return null;
        var deleted = await deleteJob.Handle(row.Caller, new DeleteJob.Request { JobId = row.JobId, Force = row.ForceDeleteJob != 0 }, ct);
        if (deleted.IsOk || deleted.Error.Status == 404)
            return null;
        var job = await describeJob.Handle(row.Caller, new DescribeJob.Request { JobId = row.JobId }, ct);
        return job.IsOk && job.Value.Job.Status == "DELETION_IN_PROGRESS" ? null : deleted.Error;
    }

    /// <summary>A stream that the caller named is not ours to delete, whatever was asked.</summary>
    private async Task<ServiceError?> DeleteStream(OtaUpdateRow row, CancellationToken ct)
    {
        if (row.StreamId is null || row.DeleteStream == 0)
            return null;
        var deleted = await deleteStream.Handle(row.Caller, new DeleteStream.Request { StreamId = row.StreamId }, ct);
        return deleted.IsOk || deleted.Error.Status == 404 ? null : deleted.Error;
    }
}
