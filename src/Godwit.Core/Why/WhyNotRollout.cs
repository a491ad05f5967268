using Godwit.Core.Jobs;

namespace Godwit.Core.Why;

/// <summary>The checks on the service's side: is the update there, is the thing among its targets, may the rollout reach it now.</summary>
internal static class WhyNotRollout
{
    public static WhyCheck Thing(WhyFacts facts) => facts.ThingExists
        ? WhyNot.Pass("thing", $"{facts.Thing} is in the registry")
        : WhyNot.Stop("thing", $"there is no thing {facts.Thing}", $"Create the thing, or ask for it by its exact name; names are case-sensitive.", WhyActor.Operator);

    public static WhyCheck Update(WhyFacts facts)
    {
        const string name = "update";
        return facts.Update switch
        {
            null => WhyNot.NotNeeded(name, $"a plain job was asked about"),
            { Status: "CREATE_FAILED" } failed => WhyNot.Stop(
                name, $"the creation of {failed.Id} failed: {failed.ErrorCode}: {failed.ErrorMessage}", $"Mend the cause and make the update again.", WhyActor.Operator, failed.CreatedAt),
            { Status: "CREATE_PENDING" or "CREATE_IN_PROGRESS" } pending => WhyNot.Wait(
                name, $"{pending.Id} is {pending.Status}", $"The service makes its stream and job; this takes seconds.", WhyActor.Service, pending.CreatedAt),
            { Status: "DELETE_IN_PROGRESS" or "DELETE_FAILED" } going => WhyNot.Stop(
                name, $"{going.Id} is {going.Status}", $"A deleted update reaches nobody; make a new one.", WhyActor.Operator, going.CreatedAt),
            { } made => WhyNot.Pass(name, $"{made.Id} is {made.Status}, by {string.Join(" and ", made.Protocols)}", made.CreatedAt),
        };
    }

    public static WhyCheck Targeted(WhyFacts facts)
    {
        const string name = "targeted";
        if (facts.Target is { } target)
            return WhyNot.Pass(name, $"targeted through {target.Via} since {WhyNot.When(target.Since)}", target.Since);
        if (facts.Execution is { } execution)
            return WhyNot.Pass(name, $"targeted when the rollout reached it; it has left the targets since", execution.QueuedAt);
        if (facts.Job is null)
            return WhyNot.NotNeeded(name, $"there is no job yet");
        return facts.Job.Continuous
            ? WhyNot.Stop(name, $"{facts.Thing} is in none of the job's targets", $"Add it to a target group; a CONTINUOUS job reaches it then.", WhyActor.Operator)
            : WhyNot.Stop(
                name, $"{facts.Thing} is in none of the job's targets", $"Make an update that targets it; a SNAPSHOT job takes things only at its creation.", WhyActor.Operator);
    }

    public static WhyCheck Job(WhyFacts facts)
    {
        const string name = "job";
        if (facts.Job is not { } job)
            return facts.Update is { Status: "CREATE_COMPLETE" }
                ? WhyNot.Stop(name, $"the update's job is gone", $"The job was deleted; make a new update.", WhyActor.Operator)
                : WhyNot.NotNeeded(name, $"there is no job yet");
        var open = facts.Execution is { } execution && !execution.Status.IsTerminal();
        return job.Status switch
        {
            JobStatus.Canceled => WhyNot.Stop(
                name, $"the job is CANCELED{(job.ReasonCode is null ? "" : $" ({job.ReasonCode})")}{(job.Comment is null ? "" : $": {job.Comment}")}",
                $"A canceled job starts nothing more; make a new update.", WhyActor.Operator, job.EndedAt),
            JobStatus.DeletionInProgress => WhyNot.Stop(name, $"the job is being deleted", $"Make a new update.", WhyActor.Operator, job.EndedAt),
            JobStatus.Completed when !open && facts.Execution is null => WhyNot.Stop(
                name, $"the job is COMPLETED and this thing never had an execution", $"It was not among the targets when they were resolved; make an update that targets it.", WhyActor.Operator, job.EndedAt),
            JobStatus.InProgress when job.Paused && facts.Execution is null => WhyNot.Stop(
                name, $"the rollout is paused", $"Resume it: godwit update resume, or POST /godwit/jobs/{job.Id}/resume.", WhyActor.Operator),
            _ when job.Resolving && facts.Execution is null => WhyNot.Wait(name, $"the job's targets are still being resolved", $"Wait; a group of a million things takes about half a minute.", WhyActor.Service, job.CreatedAt),
            _ => WhyNot.Pass(name, $"{job.Id} is {job.Status.Wire()}", job.CreatedAt),
        };
    }

    public static WhyCheck Schedule(WhyFacts facts)
    {
        const string name = "schedule";
        if (facts.Job is not { } job)
            return WhyNot.NotNeeded(name, $"there is no job yet");
        if (facts.Execution is not null)
            return WhyNot.Pass(name, $"the rollout has reached this thing; schedule and windows say when executions start");
        var ends = job.PhaseEnds is { } at ? WhyNot.When(at) : "never";
        return job.Phase switch
        {
            SchedulePhase.BeforeStart => WhyNot.Wait(name, $"the job starts at {ends}", $"Wait until then, or cancel and make it anew without a start.", WhyActor.Service, job.PhaseEnds),
            SchedulePhase.BetweenWindows => WhyNot.Wait(name, $"no maintenance window is open; the next opens at {ends}", $"Wait until then.", WhyActor.Service, job.PhaseEnds),
            SchedulePhase.Ended => WhyNot.Stop(name, $"the job's end time has passed", $"Nothing starts any more; make a new update.", WhyActor.Operator, job.PhaseEnds),
            _ => WhyNot.Pass(name, $"the rollout may go on{(job.PhaseEnds is null ? "" : $" until {ends}")}"),
        };
    }

    public static WhyCheck Rate(WhyFacts facts)
    {
        const string name = "rate-window";
        if (facts.Execution is { } execution)
            return WhyNot.Pass(
                name, $"the rollout reached this thing at {WhyNot.When(execution.QueuedAt)}{(execution.Retries > 0 ? $"; this is try {execution.Retries + 1}" : "")}", execution.QueuedAt);
        if (facts.Job is not { } job || facts.Target is null)
            return WhyNot.NotNeeded(name, $"the thing does not wait for the rollout");
        if (facts.ThingsBefore is not { } before)
            return job.Continuous || job.Resolving
                ? WhyNot.Wait(name, $"the rollout has not taken the thing in yet", $"The service does so within seconds.", WhyActor.Service)
                : WhyNot.Stop(
                    name, $"the thing came to the target group at {WhyNot.When(facts.Target.Since)}, after the job's targets were resolved",
                    $"A SNAPSHOT job takes things only at its creation: make a new update, CONTINUOUS if more will join.", WhyActor.Operator, facts.Target.Since);
        if (job.Room <= 0)
            return WhyNot.Wait(
                name, $"{before} things come before it, and stages or the cap on devices in flight let no further one begin now",
                $"More of the devices that have the update must succeed; or raise godwit:maxInFlight by a new update.", WhyActor.Device);
        var eta = TimeSpan.FromMinutes((double)before / Math.Max(1, job.PerMinute));
        return WhyNot.Wait(
            name, $"{before} things come before it, at {job.PerMinute} a minute: not before {WhyNot.Span(eta)} from now",
            $"Wait, or raise the rate: godwit update faster.", WhyActor.Service, facts.Now + eta);
    }
}
