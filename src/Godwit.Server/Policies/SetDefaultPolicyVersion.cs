using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>SetDefaultPolicyVersion — PATCH /policies/{policyName}/version/{policyVersionId}. Every target has the new document at once.</summary>
public sealed class SetDefaultPolicyVersion(Database database, PolicyHooks hooks) : IOperation<SetDefaultPolicyVersion.Request, Nothing>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public required string PolicyVersionId { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (PolicyStore.Find(session, caller.Account, request.PolicyName) is not { } row)
            return PolicyErrors.NoPolicy(request.PolicyName);
        if (PolicyStore.FindVersion(session, caller.Account, row.PolicyName, request.PolicyVersionId) is not { } version)
            return PolicyErrors.NoVersion(row.PolicyName, request.PolicyVersionId);
        if (version.Version == row.DefaultVersion)
            return default(Nothing);
        PolicyStore.Update(session, caller.Account, row with { DefaultVersion = version.Version });
        hooks.DefaultVersionChanged(session, caller, row.PolicyName);
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(SetDefaultPolicyVersion), "policy/" + row.PolicyName,
            "version " + row.DefaultVersion.ToString(CultureInfo.InvariantCulture), "version " + version.VersionId));
        return default(Nothing);
    }, ct);
}
