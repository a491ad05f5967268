using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>DeleteJobExecution — DELETE /things/{thingName}/jobs/{jobId}/executionNumber/{executionNumber}. It leaves the job's counters too.</summary>
public sealed class DeleteJobExecution(Database database, JobSweeper sweeper, JobEvents events, JobBell bell) : IOperation<DeleteJobExecution.Request, Nothing>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        public required string ThingName { get; init; }

        public long ExecutionNumber { get; init; }

        /// <summary>An execution that is not over is deleted too.</summary>
        public bool? Force { get; init; }

        public string? NamespaceId { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Delete(session, caller, request), ct);

    private Result<Nothing> Delete(WriteSession session, Caller caller, Request request)
    {
        if (JobExecutionStore.Find(session, caller.Account, request.ThingName, request.JobId, request.ExecutionNumber) is not { } row)
            return JobErrors.ExecutionNotFound(request.JobId, request.ThingName, request.ExecutionNumber);
        if (!row.Status.IsTerminal() && request.Force != true)
            return JobErrors.ExecutionCannot("deleted", row.Status, " Cancel it first or set force to true.");

        session.Execute(
            "DELETE FROM job_execution WHERE account = @Account AND thing_name = @ThingName AND job_key = @JobKey AND execution_number = @ExecutionNumber",
            new { row.Account, row.ThingName, row.JobKey, row.ExecutionNumber });
        JobStore.Count(session, row.JobKey, CountChange.Of(row.Status, -1));
        if (row.RetryAttempt > 0)
            session.Execute("UPDATE job_progress SET retried = retried - 1 WHERE job_key = @JobKey", new { row.JobKey });
        session.Record(new Fact(
            row.Account, caller.Arn, nameof(DeleteJobExecution), JobExecutionStore.Subject(row.JobId, row.ThingName, row.ExecutionNumber),
            row.Status.Wire(), null, request.Force == true ? "force" : null, row.ThingName, row.JobId));
        events.Ended(session, row, status: null, row.StatusDetails);
        if (!row.Status.IsTerminal())
            sweeper.Tell(session, new ThingChange(row.Account, row.ThingName, row.ToOpen(), null));
        session.AfterCommit(bell.Ring);
        return default(Nothing);
    }
}
