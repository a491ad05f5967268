using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates;

/// <summary>
/// DeleteOTAUpdate — DELETE /otaUpdates/{otaUpdateId}: the entry, its job, and with <c>deleteStream</c> the stream that was made for it.
/// A job that has not ended keeps it all, unless <c>forceDeleteAWSJob</c>. The work follows in <see cref="OtaUpdateDeletion"/>.
/// </summary>
public sealed class DeleteOtaUpdate(Database database, DescribeJob describeJob, OtaUpdateBell bell) : IOperation<DeleteOtaUpdate.Request, Nothing>
{
    public sealed record Request
    {
        public required string OtaUpdateId { get; init; }

        public bool? DeleteStream { get; init; }

        public bool? ForceDeleteAWSJob { get; init; }
    }

    public async Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => OtaUpdateStore.Find(session, caller.Account, request.OtaUpdateId), ct);
        if (row is null)
            return OtaUpdateErrors.NotFound(request.OtaUpdateId);
        if (row.JobId is not null && request.ForceDeleteAWSJob is not true)
        {
            var job = await describeJob.Handle(caller, new DescribeJob.Request { JobId = row.JobId }, ct);
            if (job.IsOk && job.Value.Job.Status is not ("COMPLETED" or "CANCELED" or "DELETION_IN_PROGRESS"))
                return OtaUpdateErrors.JobStillRuns(row.OtaUpdateId, row.JobId, job.Value.Job.Status);
        }
        return await database.Change(session => Begin(session, caller, request), ct);
    }

    private Result<Nothing> Begin(WriteSession session, Caller caller, Request request)
    {
        if (OtaUpdateStore.Find(session, caller.Account, request.OtaUpdateId) is not { } row)
            return OtaUpdateErrors.NotFound(request.OtaUpdateId);
        if (row.Step is not null)
            return OtaUpdateErrors.Busy(row.OtaUpdateId, row.Status);
        var deleting = row with
        {
            Status = OtaUpdateStatus.DeleteInProgress,
            Step = OtaUpdateStep.DeleteJob,
            ErrorCode = null,
            ErrorMessage = null,
            DeleteStream = request.DeleteStream is true ? 1 : 0,
            ForceDeleteJob = request.ForceDeleteAWSJob is true ? 1 : 0,
        };
        OtaUpdateStore.Move(session, row, deleting, caller.Arn, "DeleteOTAUpdate");
        session.AfterCommit(bell.Ring);
        return default(Nothing);
    }
}
