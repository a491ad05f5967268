using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Policies;

/// <summary>DeletePolicy — DELETE /policies/{policyName}, once it is detached everywhere and only its default version is left.</summary>
public sealed class DeletePolicy(Database database) : IOperation<DeletePolicy.Request, Nothing>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        var (account, name) = (caller.Account, request.PolicyName);
        var versions = PolicyStore.Versions(session, account, name);
        if (versions is [])
            return PolicyErrors.NoPolicy(name);
        if (session.First<string>("SELECT target FROM policy_attachment WHERE account = @account AND policy_name = @name LIMIT 1", new { account, name }) is not null)
            return PolicyErrors.IsAttached(name);
        if (versions.Count > 1)
            return PolicyErrors.HasVersions(name);
        PolicyStore.Delete(session, account, name);
        ResourceTags.Clear(session, account, "policy/" + name);
        session.Record(new Fact(account, caller.Arn, nameof(DeletePolicy), "policy/" + name, versions[0].Document, null));
        return default(Nothing);
    }, ct);
}
