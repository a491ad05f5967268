using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Policies;

/// <summary>Attaching and detaching, behind the current operations and the deprecated ones that tutorials still type.</summary>
public sealed class PolicyAttachments(Database database, ResourceDirectory resources, PolicyHooks hooks)
{
    /// <summary>AWS: a certificate has at most ten policies.</summary>
    private const int CertificateMax = 10;

    /// <summary>AWS: a thing group has at most two policies.</summary>
    private const int GroupMax = 2;

    internal Task<Result<Nothing>> Attach(Caller caller, string operation, string policy, string targetArn, CancellationToken ct) =>
        PolicyStore.ReadTarget(caller, targetArn) is { IsOk: true, Value: var target }
            ? database.Change(session => Attach(session, caller, operation, policy, target, targetArn), ct)
            : Task.FromResult<Result<Nothing>>(PolicyErrors.BadTarget(targetArn));

    internal Task<Result<Nothing>> Detach(Caller caller, string operation, string policy, string targetArn, CancellationToken ct) =>
        PolicyStore.ReadTarget(caller, targetArn) is { IsOk: true, Value: var target }
            ? database.Change<Nothing>(session => Detach(session, caller, operation, policy, target), ct)
            : Task.FromResult<Result<Nothing>>(PolicyErrors.BadTarget(targetArn));

    /// <summary>Takes every policy off a target that is being deleted.</summary>
    public static int DetachAll(WriteSession session, string account, string target) =>
        session.Execute("DELETE FROM policy_attachment WHERE account = @account AND target = @target", new { account, target });

    /// <summary>Whether any policy is attached to a target, named by the last part of its ARN.</summary>
    public static bool Any(ReadSession session, string account, string target) => PolicyStore.CountAttached(session, account, target) > 0;

    private Result<Nothing> Attach(WriteSession session, Caller caller, string operation, string policy, string target, string targetArn)
    {
        if (!PolicyStore.Exists(session, caller.Account, policy))
            return PolicyErrors.NoPolicy(policy);
        if (!resources.Exists(session, caller.Account, Arn.Parse(targetArn)!))
            return PolicyErrors.NoTarget(targetArn);
        if (target.StartsWith("thinggroup/", StringComparison.Ordinal) && Membership.IsDynamic(session, caller.Account, target["thinggroup/".Length..]))
            return Errors.InvalidRequest($"{target} is a dynamic thing group, to which no policy can be attached. Attach it to a static group or to certificates.");
        if (!PolicyStore.Attach(session, caller.Account, policy, target))
            return default(Nothing);
        var max = target.StartsWith("cert/", StringComparison.Ordinal) ? CertificateMax : GroupMax;
        if (PolicyStore.CountAttached(session, caller.Account, target) > max)
            return Errors.LimitExceeded($"{target} has {max} policies already, the most there may be. Detach one with DetachPolicy.");
        hooks.Changed(session, caller, [target]);
        session.Record(new Fact(caller.Account, caller.Arn, operation, target, null, "policy/" + policy));
        return default(Nothing);
    }

    private Result<Nothing> Detach(WriteSession session, Caller caller, string operation, string policy, string target)
    {
        if (!PolicyStore.Detach(session, caller.Account, policy, target))
            return default(Nothing);
        hooks.Changed(session, caller, [target]);
        session.Record(new Fact(caller.Account, caller.Arn, operation, target, "policy/" + policy, null));
        return default(Nothing);
    }
}
