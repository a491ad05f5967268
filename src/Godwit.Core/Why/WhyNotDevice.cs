using Godwit.Core.Access;
using Godwit.Core.Jobs;

namespace Godwit.Core.Why;

/// <summary>The checks between the doors and the device: what it does first, who it is, what it may do, whether it is there.</summary>
internal static class WhyNotDevice
{
    public static WhyCheck Queue(WhyFacts facts)
    {
        const string name = "queue";
        if (facts.Execution is not { Status: JobExecutionStatus.Queued or JobExecutionStatus.InProgress } execution)
            return WhyNot.NotNeeded(name, $"the thing has no open execution of this job");
        if (facts.Ahead is not [var first, ..])
            return WhyNot.Pass(name, $"it is the next that {facts.Thing} has to do", execution.QueuedAt);
        var more = facts.Ahead.Count > 1 ? $" and {facts.Ahead.Count - 1} more" : "";
        return WhyNot.Stop(
            name, $"{facts.Thing} has {first.JobId} to do first ({(first.Started ? "in progress" : "queued")} since {WhyNot.When(first.Since)}){more}",
            $"The device must end {first.JobId}; if it never will, cancel that execution: aws iot cancel-job-execution --force --job-id {first.JobId} --thing-name {facts.Thing}.",
            first.Started ? WhyActor.Device : WhyActor.Operator, first.Since);
    }

    public static WhyCheck Certificate(WhyFacts facts)
    {
        const string name = "certificate";
        if (facts.Certificates.FirstOrDefault(one => one.IsUsable(facts.Now)) is { } usable)
            return WhyNot.Pass(name, $"certificate {Short(usable.Id)} is ACTIVE and valid until {WhyNot.When(usable.NotAfter)}", usable.NotAfter);
        if (facts.Presence is { LeftAt: null } there)
            return WhyNot.Pass(name, $"no usable certificate is attached, but a client named {facts.Thing} is connected without one", there.ConnectedAt);
        if (facts.Certificates is not [var first, ..])
            return WhyNot.Stop(name, $"no certificate is attached to {facts.Thing}", $"Attach the device's certificate: aws iot attach-thing-principal.", WhyActor.Operator);
        if (first.Status != "ACTIVE")
            return WhyNot.Stop(
                name, $"certificate {Short(first.Id)} is {first.Status}",
                $"If the device is to be trusted: aws iot update-certificate --new-status ACTIVE --certificate-id {first.Id}.", WhyActor.Operator);
        return first.NotAfter < facts.Now
            ? WhyNot.Stop(name, $"certificate {Short(first.Id)} expired at {WhyNot.When(first.NotAfter)}", $"Register and attach a new certificate.", WhyActor.Operator, first.NotAfter)
            : WhyNot.Stop(name, $"certificate {Short(first.Id)} is valid only from {WhyNot.When(first.NotBefore)}", $"Check the clock of whoever issued it, or wait.", WhyActor.Operator, first.NotBefore);
    }

    public static WhyCheck Connect(WhyFacts facts) => Policy(facts, "policy-connect", IotAction.Connect);

    public static WhyCheck Subscribe(WhyFacts facts) => Policy(facts, "policy-subscribe", IotAction.Subscribe);

    public static WhyCheck Publish(WhyFacts facts) => Policy(facts, "policy-publish", IotAction.Publish);

    public static WhyCheck Receive(WhyFacts facts) => Policy(facts, "policy-receive", IotAction.Receive);

    public static WhyCheck Connected(WhyFacts facts)
    {
        const string name = "connected";
        if (facts.Presence is { LeftAt: null } there)
            return WhyNot.Pass(name, $"connected since {WhyNot.When(there.ConnectedAt)} ({WhyNot.Span(facts.Now - there.ConnectedAt)})", there.ConnectedAt);
        if (facts.Trail.HeardAt is { } heard && (facts.Presence?.LeftAt is not { } left || heard > left))
            return WhyNot.Pass(name, $"not on MQTT now; it last asked by HTTPS at {WhyNot.When(heard)}", heard);
        const string next = "The device must connect; look at its network, its clock and its log, and at the service's log for a refused CONNECT.";
        return facts.Presence?.LeftAt is { } gone
            ? WhyNot.Wait(name, $"not connected; last seen {WhyNot.When(gone)} ({WhyNot.Span(facts.Now - gone)} ago)", $"{next}", WhyActor.Device, gone)
            : WhyNot.Wait(name, $"not connected, and not seen since the service began to watch at {WhyNot.When(facts.SeenSince)}", $"{next}", WhyActor.Device);
    }

    /// <summary>Of topics that serve the same need one is enough: agents differ in which they use.</summary>
    private static WhyCheck Policy(WhyFacts facts, string name, IotAction action)
    {
        var needed = facts.Permissions.Where(permission => permission.Action == action).ToList();
        if (needed.Count == 0)
            return WhyNot.NotNeeded(name, $"nothing to check without a usable certificate");
        var denied = needed.GroupBy(permission => permission.Need).Where(need => !need.Any(permission => permission.Allowed)).ToList();
        if (denied.Count == 0)
            return WhyNot.Pass(name, $"iot:{action} is allowed on all that the flow needs ({needed.Count(permission => permission.Allowed)} of {needed.Count} resources)");
        var resources = string.Join(", ", denied.SelectMany(need => need.Take(1)).Select(permission => permission.Resource));
        return WhyNot.Stop(
            name, $"no policy allows iot:{action} on {resources} ({string.Join(", ", denied.Select(need => need.Key))})",
            $"Allow iot:{action} on {action.ResourceKind()}{denied[0].First().Resource} in a policy of the certificate, and look for a Deny.", WhyActor.Operator);
    }

    private static string Short(string id) => id.Length > 12 ? id[..12] + "…" : id;
}
