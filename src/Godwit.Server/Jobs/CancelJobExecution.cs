using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Jobs.Device;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>CancelJobExecution — PUT /things/{thingName}/jobs/{jobId}/cancel</summary>
public sealed class CancelJobExecution(Database database, JobSweeper sweeper, JobBell bell) : IOperation<CancelJobExecution.Request, Nothing>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        public required string ThingName { get; init; }

        /// <summary>An execution that is IN_PROGRESS is canceled too.</summary>
        public bool? Force { get; init; }

        public long? ExpectedVersion { get; init; }

        /// <summary>Replaces what the device reported.</summary>
        public IReadOnlyDictionary<string, string>? StatusDetails { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Cancel(session, caller, request), ct);

    private Result<Nothing> Cancel(WriteSession session, Caller caller, Request request)
    {
        if (StatusDetails.Refuse(request.StatusDetails) is { } wrong)
            return Errors.InvalidRequest(wrong);
        if (JobExecutionStore.Find(session, caller.Account, request.ThingName, request.JobId, number: null) is not { } row)
            return JobErrors.ExecutionNotFound(request.JobId, request.ThingName, null);
        if (request.ExpectedVersion is { } expected && expected != row.Version)
            return JobErrors.StaleVersion(expected, row.Version);
        if (row.Status.IsTerminal())
            return JobErrors.ExecutionCannot("canceled", row.Status, "");
        var running = row.Status == JobExecutionStatus.InProgress;
        if (running && request.Force != true)
            return JobErrors.ExecutionCannot("canceled", row.Status, " Set force to true.");

        sweeper.End(session, row, JobExecutionStatus.Canceled, new Ending(
            caller.Arn, nameof(CancelJobExecution), running ? "force" : null, Force: running, StatusDetailsJson.Write(request.StatusDetails)));
        JobStore.Count(session, row.JobKey, CountChange.Move(row.Status, JobExecutionStatus.Canceled));
        session.AfterCommit(bell.Ring);
        return default(Nothing);
    }
}
