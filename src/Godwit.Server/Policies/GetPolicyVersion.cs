using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>GetPolicyVersion — GET /policies/{policyName}/version/{policyVersionId}</summary>
public sealed class GetPolicyVersion(Database database) : IOperation<GetPolicyVersion.Request, GetPolicyVersion.Response>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public required string PolicyVersionId { get; init; }
    }

    public sealed record Response(
        string PolicyArn,
        string PolicyName,
        string PolicyDocument,
        string PolicyVersionId,
        bool IsDefaultVersion,
        DateTimeOffset CreationDate,
        DateTimeOffset LastModifiedDate,
        string GenerationId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        if (PolicyStore.Find(session, caller.Account, request.PolicyName) is not { } row)
            return PolicyErrors.NoPolicy(request.PolicyName);
        if (PolicyStore.FindVersion(session, caller.Account, row.PolicyName, request.PolicyVersionId) is not { } version)
            return PolicyErrors.NoVersion(row.PolicyName, request.PolicyVersionId);
        // A version is never changed, so it was last modified when it was made.
        return new Response(
            caller.IotArn("policy/" + row.PolicyName), row.PolicyName, version.Document, version.VersionId,
            version.Version == row.DefaultVersion, version.CreatedAt, version.CreatedAt, row.GenerationId);
    }, ct);
}
