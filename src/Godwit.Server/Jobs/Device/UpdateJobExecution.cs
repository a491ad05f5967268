using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Device;

/// <summary>UpdateJobExecution — POST /things/{thingName}/jobs/{jobId}, and the topics <c>jobs/{jobId}/update</c>: what a device reports.</summary>
public sealed class UpdateJobExecution(Database database, JobDelivery delivery, JobNotifications notifications, JobEvents events, JobBell bell, DataPlaneRate rate)
    : IOperation<UpdateJobExecution.Request, UpdateJobExecution.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public required string JobId { get; init; }

        public required string Status { get; init; }

        /// <summary>Replaces all that was reported before; null leaves it.</summary>
        public IReadOnlyDictionary<string, string>? StatusDetails { get; init; }

        /// <summary>1 to 10080 begins the step timer anew, -1 removes it.</summary>
        public long? StepTimeoutInMinutes { get; init; }

        public long? ExpectedVersion { get; init; }

        public bool? IncludeJobExecutionState { get; init; }

        public bool? IncludeJobDocument { get; init; }

        /// <summary>Null for the newest.</summary>
        public long? ExecutionNumber { get; init; }
    }

    public sealed record Response
    {
        public State? ExecutionState { get; init; }

        public string? JobDocument { get; init; }
    }

    public sealed record State
    {
        public required string Status { get; init; }

        public IReadOnlyDictionary<string, string>? StatusDetails { get; init; }

        public long VersionNumber { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var result = await Run(caller, request, ct);
        if (result.Value?.Push is { } push)
            notifications.Enqueue(push);
        return result.ToHttp(update => new Response
        {
            ExecutionState = update.State is { } state
                ? new State { Status = state.Status, StatusDetails = StatusDetailsJson.Read(state.StatusDetails), VersionNumber = state.VersionNumber }
                : null,
            JobDocument = update.Document,
        });
    }

    /// <summary>Carries the report out. The caller sends its reply first and gives the push to the notifications then: devices count on that order.</summary>
    internal async Task<DeviceResult<Update>> Run(Caller caller, Request request, CancellationToken ct) =>
        !rate.Takes(caller.Account, writes: true) ? DeviceRefusals.Throttled
        : StatusDetails.Refuse(request.StatusDetails) is { } wrong
            ? DeviceRefusals.InvalidRequest(wrong)
            : await database.Write(session => Change(session, caller, request), ct);

    private DeviceResult<Update> Change(WriteSession session, Caller caller, Request request)
    {
        if (JobExecutionStore.FindHot(session, caller.Account, request.ThingName, request.JobId, request.ExecutionNumber) is not { } row)
            return DeviceRefusals.NotFound(JobErrors.ExecutionNotFound(request.JobId, request.ThingName, request.ExecutionNumber));
        // The job was canceled, its sweep has not come to this execution yet: for the device it is over.
        if (row.Status == JobExecutionStatus.Queued && row.JobStatus != JobStatus.InProgress)
            row = row with { Status = JobExecutionStatus.Canceled };
        var decision = ExecutionUpdate.Decide(
            row.ToState(), request.Status, request.ExpectedVersion, request.StepTimeoutInMinutes, row.InProgressTimeout, session.Now);
        if (decision.Next is not { } next)
            return DeviceRefusals.Of(decision, ShownState.Of(row), JobCancellation.Words(session, row));

        var details = request.StatusDetails is null ? row.StatusDetails : StatusDetailsJson.Write(request.StatusDetails);
        JobExecutionStore.Update(session, row, next, details);
        var retry = Follow(session, caller, row, next, details, request);
        var now = row.With(next, details, session.NowMs);
        return new Update(
            request.IncludeJobExecutionState == true ? ShownState.Of(now) : null,
            request.IncludeJobDocument == true ? delivery.Document(session, now) : null,
            row.Status == next.Status ? null : notifications.Plan(session, new ThingChange(row.Account, row.ThingName, row.ToOpen(), next.Status.IsTerminal() ? retry : now.ToOpen())));
    }

    /// <summary>Answers the execution that follows as a retry, if one does.</summary>
    private OpenExecution? Follow(WriteSession session, Caller caller, DeviceExecutionRow row, ExecutionState next, string? details, Request request)
    {
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(UpdateJobExecution), JobExecutionStore.Subject(row.JobId, row.ThingName, row.ExecutionNumber),
            row.Status.Wire(), next.Status.Wire(), JobReports.Why(request.StatusDetails), row.ThingName, row.JobId));
        if (next.Status.IsTerminal())
            events.Ended(session, row, next.Status, details);
        var retry = JobRetries.Requeue(session, row, next.Status);
        var change = CountChange.Move(row.Status, next.Status) + CountChange.Of(JobExecutionStatus.Queued, retry is null ? 0 : 1);
        var due = row.Status != next.Status && JobStore.Count(session, row.JobKey, change);
        if (due || retry is not null || next.Timers.Due != row.Timers.Due)
            session.AfterCommit(bell.Ring);
        return retry;
    }

    /// <summary>What a report brought about: what the reply carries on demand, and what others are to hear of.</summary>
    internal sealed record Update(ShownState? State, string? Document, ThingPush? Push);
}
