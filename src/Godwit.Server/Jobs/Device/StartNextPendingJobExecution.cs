using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Jobs.Device;

/// <summary>
/// StartNextPendingJobExecution — PUT /things/{thingName}/jobs/$next, and the topic <c>jobs/start-next</c>. Asked again, it gives the same execution
/// with the same version: agents that reboot report with the version they know from the first time.
/// </summary>
public sealed class StartNextPendingJobExecution(Database database, JobDelivery delivery, JobBell bell, DeviceTrail trail, DataPlaneRate rate)
    : IOperation<StartNextPendingJobExecution.Request, StartNextPendingJobExecution.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        /// <summary>Kept only if the execution was QUEUED.</summary>
        public IReadOnlyDictionary<string, string>? StatusDetails { get; init; }

        /// <summary>1 to 10080; begins the step timer anew.</summary>
        public long? StepTimeoutInMinutes { get; init; }
    }

    public sealed record Response
    {
        /// <summary>Null where nothing is pending.</summary>
        public JobExecution? Execution { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        (await Run(caller, request, ct)).ToHttp(shown => new Response { Execution = JobExecution.From(shown) });

    internal async Task<DeviceResult<ShownExecution?>> Run(Caller caller, Request request, CancellationToken ct)
    {
        if (!rate.Takes(caller.Account, writes: true))
            return DeviceRefusals.Throttled;
        if (StatusDetails.Refuse(request.StatusDetails) is { } wrong)
            return DeviceRefusals.InvalidRequest(wrong);
        if (!TimeoutRule.IsValid(request.StepTimeoutInMinutes, mayRemove: false))
            return DeviceRefusals.InvalidRequest(ExecutionUpdate.StepTimeoutText(mayRemove: false));
        var started = await database.Write(session => Start(session, caller, request), ct);
        trail.Given(caller.Account, request.ThingName, started.Value);
        return started;
    }

    private DeviceResult<ShownExecution?> Start(WriteSession session, Caller caller, Request request)
    {
        if (JobExecutionStore.Head(session, caller.Account, request.ThingName) is not { } head)
            return Membership.ThingExists(session, caller.Account, request.ThingName)
                ? (ShownExecution?)null
                : DeviceRefusals.NotFound(JobErrors.ThingNotFound(request.ThingName));
        var started = head.Status == JobExecutionStatus.InProgress
            ? Again(session, head, request)
            : First(session, caller, head, request);
        return ShownExecution.Of(started, delivery.Document(session, started), session.Now);
    }

    /// <summary>What is started stays as it is; only a step timer that is asked for begins anew, without a new version.</summary>
    private JobExecutionRow Again(WriteSession session, DeviceExecutionRow head, Request request)
    {
        if (request.StepTimeoutInMinutes is not { } minutes)
            return head;
        var timers = head.Timers.WithStep(minutes, session.Now);
        JobExecutionStore.SetTimers(session, head, timers);
        session.AfterCommit(bell.Ring);
        return head with { StepDeadlineAtMs = timers.Step?.ToUnixTimeMilliseconds(), DeadlineAtMs = timers.Due?.ToUnixTimeMilliseconds() };
    }

    private JobExecutionRow First(WriteSession session, Caller caller, DeviceExecutionRow head, Request request)
    {
        var decision = ExecutionUpdate.Decide(
            head.ToState(), JobExecutionStatus.InProgress.Wire(), null, request.StepTimeoutInMinutes, head.InProgressTimeout, session.Now);
        var next = decision.Next ?? throw new InvalidOperationException($"The head of {request.ThingName} cannot be started: {decision.Message}");
        var details = StatusDetailsJson.Write(request.StatusDetails) ?? head.StatusDetails;
        JobExecutionStore.Update(session, head, next, details);
        if (JobStore.Count(session, head.JobKey, CountChange.Move(head.Status, next.Status)) || next.Timers.Due is not null)
            session.AfterCommit(bell.Ring);
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(StartNextPendingJobExecution), JobExecutionStore.Subject(head.JobId, head.ThingName, head.ExecutionNumber),
            head.Status.Wire(), next.Status.Wire(), Thing: head.ThingName, Job: head.JobId));
        return head.With(next, details, session.NowMs);
    }
}
