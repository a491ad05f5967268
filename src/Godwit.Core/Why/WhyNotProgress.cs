using Godwit.Core.Jobs;

namespace Godwit.Core.Why;

/// <summary>The checks on how far the device has come: told, document fetched, blocks, time left, and what it said last.</summary>
internal static class WhyNotProgress
{
    public static WhyCheck Notified(WhyFacts facts)
    {
        const string name = "notified";
        if (facts.Execution is not { } execution)
            return WhyNot.NotNeeded(name, $"there is no execution to tell of");
        if (facts.Trail.NotifiedAt is { } at)
            return WhyNot.Pass(name, $"notify-next was sent at {WhyNot.When(at)}", at);
        if (facts.Trail.DocumentAt is not null || execution.Status != JobExecutionStatus.Queued)
            return WhyNot.NotNeeded(name, $"the device asked by itself");
        if (facts.Presence is { LeftAt: null } && !facts.ListensForNext)
            return WhyNot.Wait(
                name, $"connected, but no client listens on notify-next, so no push was made", $"The device must ask ($next/get or start-next); most agents do when they connect.", WhyActor.Device);
        return execution.QueuedAt < facts.SeenSince
            ? WhyNot.Unknown(name, $"queued before the service began to watch at {WhyNot.When(facts.SeenSince)}; a device that was told then has the job")
            : WhyNot.Wait(name, $"not told yet: nobody listened when it was queued", $"The device asks when it connects next.", WhyActor.Device, execution.QueuedAt);
    }

    public static WhyCheck Document(WhyFacts facts)
    {
        const string name = "document";
        if (facts.Execution is not { } execution)
            return WhyNot.NotNeeded(name, $"there is no execution");
        if (facts.Trail.DocumentAt is { } at)
            return WhyNot.Pass(name, $"the job document was given to the device at {WhyNot.When(at)}", at);
        if (execution.StartedAt is { } started)
            return WhyNot.Pass(name, $"the device has begun, so it has the job document", started);
        if (execution.Status.IsTerminal())
            return WhyNot.NotNeeded(name, $"the execution is over");
        return facts.Trail.NotifiedAt is { } notified
            ? WhyNot.Wait(name, $"the document went out with notify-next at {WhyNot.When(notified)}; nothing came back yet", $"The device must begin: a report IN_PROGRESS or a request for blocks.", WhyActor.Device, notified)
            : WhyNot.Wait(name, $"the device has not asked for the job document", $"The device must ask: $next/get or start-next.", WhyActor.Device);
    }

    public static WhyCheck Blocks(WhyFacts facts)
    {
        const string name = "blocks";
        var trail = facts.Trail;
        if (facts.Execution is not { } execution)
            return WhyNot.NotNeeded(name, $"there is no execution");
        if (facts.Update is null)
            return WhyNot.NotNeeded(name, $"a plain job has no stream of its own");
        if (!facts.IsByMqtt)
            return WhyNot.NotNeeded(name, $"the image comes by HTTP; downloads do not say which device they are for");
        var of = trail.BlocksInFile is { } all ? $" of {all}" : "";
        if (trail.LastBlockAt is { } at)
        {
            var fact = $"{trail.BlockRequests} request{(trail.BlockRequests == 1 ? "" : "s")}, {trail.Blocks} block{(trail.Blocks == 1 ? "" : "s")} sent; the last was block {trail.LastBlock}{of} at {WhyNot.When(at)}";
            return execution.Status == JobExecutionStatus.InProgress && trail.LastBlock + 1 < trail.BlocksInFile && facts.Now - at > TimeSpan.FromMinutes(5)
                ? WhyNot.Wait(name, $"{fact}; none for {WhyNot.Span(facts.Now - at)}", $"The device must ask for the next block; look whether it is connected and at its log.", WhyActor.Device, at)
                : WhyNot.Pass(name, $"{fact}", at);
        }
        if (trail is { Refusal: { } refusal, RefusedAt: { } refused })
            return WhyNot.Stop(name, $"its last request was refused at {WhyNot.When(refused)}: {refusal}", $"Mend what the refusal names.", WhyActor.Operator, refused);
        if (execution.Status == JobExecutionStatus.Queued)
            return WhyNot.NotNeeded(name, $"the download has not begun");
        if (execution.Details?.ContainsKey("self_test") == true || execution.Status.IsTerminal())
            return WhyNot.NotNeeded(name, $"the device is past its download");
        return execution.UpdatedAt < facts.SeenSince
            ? WhyNot.Unknown(name, $"none asked for since the service began to watch at {WhyNot.When(facts.SeenSince)}")
            : WhyNot.Wait(name, $"none asked for yet", $"The device must ask for blocks on its streams topics, or download by HTTP.", WhyActor.Device);
    }

    public static WhyCheck TimeLeft(WhyFacts facts)
    {
        const string name = "time-out";
        if (facts.Execution is not { } execution || execution.Status.IsTerminal())
            return WhyNot.NotNeeded(name, $"no timer runs");
        return execution.Deadline is not { } deadline
            ? WhyNot.Pass(name, $"no time-out is set: the execution may stay {execution.Status.Wire()} for ever")
            : deadline <= facts.Now
                ? WhyNot.Wait(name, $"the time ran out at {WhyNot.When(deadline)}", $"The service ends the execution as TIMED_OUT within seconds.", WhyActor.Service, deadline)
                : WhyNot.Pass(name, $"{WhyNot.Span(deadline - facts.Now)} left, until {WhyNot.When(deadline)}", deadline);
    }

    /// <summary>The last check: how the execution stands by its own words, and what follows.</summary>
    public static WhyCheck Words(WhyFacts facts)
    {
        const string name = "device-words";
        if (facts.Execution is not { } execution)
            return WhyNot.NotNeeded(name, $"the device has nothing to report on yet");
        var words = DeviceWords.Decode(execution.Details);
        var said = words is null ? "it gave no details" : $"{words.Meaning} ({words.Said})";
        var (status, at) = (execution.Status.Wire(), execution.UpdatedAt);
        var remedy = words?.Remedy;
        return execution.Status switch
        {
            JobExecutionStatus.Succeeded => WhyNot.Pass(name, $"{status} at {WhyNot.When(at)}: {said}", at),
            JobExecutionStatus.Queued => WhyNot.Wait(name, $"QUEUED since {WhyNot.When(execution.QueuedAt)}; the device has not reported", $"The device must begin.", WhyActor.Device, execution.QueuedAt),
            JobExecutionStatus.InProgress => WhyNot.Wait(name, $"IN_PROGRESS; its last report at {WhyNot.When(at)}: {said}", $"{Progress(execution)}", WhyActor.Device, at),
            JobExecutionStatus.Failed or JobExecutionStatus.Rejected => WhyNot.Stop(
                name, $"{status} at {WhyNot.When(at)}: {said}", $"{remedy ?? "Look at the device's log; then make a new update for it."}", WhyActor.Operator, at),
            JobExecutionStatus.TimedOut => WhyNot.Stop(
                name, $"TIMED_OUT at {WhyNot.When(at)}; its last words before: {said}", $"See why the device went silent; then make a new update with a longer time-out or retries.", WhyActor.Operator, at),
            JobExecutionStatus.Canceled => WhyNot.Stop(name, $"CANCELED at {WhyNot.When(at)}: {facts.Job?.Comment ?? "the job or this execution was canceled"}", $"Make a new update for it.", WhyActor.Operator, at),
            _ => WhyNot.Stop(name, $"{status} at {WhyNot.When(at)}: the thing left the job's targets or was deleted", $"Put it back into a target group, or make a new update.", WhyActor.Operator, at),
        };
    }

    private static string Progress(ExecutionFact execution) => execution.Details?.GetValueOrDefault("self_test") switch
    {
        "ready" => "The device must restart into the new image and report its self-test.",
        "active" => "The device must finish its self-test and report SUCCEEDED or FAILED.",
        _ => "The device must finish its download, verify the image and restart.",
    };
}
