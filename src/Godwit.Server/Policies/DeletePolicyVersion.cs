using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>DeletePolicyVersion — DELETE /policies/{policyName}/version/{policyVersionId}. The default version goes with its policy only.</summary>
public sealed class DeletePolicyVersion(Database database) : IOperation<DeletePolicyVersion.Request, Nothing>
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
            return Errors.DeleteConflict(
                $"Cannot delete the default version of a policy (name={row.PolicyName}, version={version.VersionId}). Make another the default first, or delete the policy.");
        PolicyStore.DeleteVersion(session, caller.Account, row.PolicyName, version.Version);
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(DeletePolicyVersion), "policy/" + row.PolicyName, version.Document, null, "version " + version.VersionId));
        return default(Nothing);
    }, ct);
}
