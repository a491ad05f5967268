using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>ListPolicyVersions — GET /policies/{policyName}/version, the newest first; there are five at most, so no pages.</summary>
public sealed class ListPolicyVersions(Database database) : IOperation<ListPolicyVersions.Request, ListPolicyVersions.Response>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }
    }

    public sealed record Response(IReadOnlyList<PolicyVersion> PolicyVersions);

    public sealed record PolicyVersion(string VersionId, bool IsDefaultVersion, DateTimeOffset CreateDate);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
        PolicyStore.Find(session, caller.Account, request.PolicyName) is { } row
            ? new Response(PolicyStore.Versions(session, caller.Account, row.PolicyName)
                .ConvertAll(version => new PolicyVersion(version.VersionId, version.Version == row.DefaultVersion, version.CreatedAt)))
            : PolicyErrors.NoPolicy(request.PolicyName), ct);
}
