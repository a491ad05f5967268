using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>GetPolicy — GET /policies/{policyName}, with the document of its default version.</summary>
public sealed class GetPolicy(Database database) : IOperation<GetPolicy.Request, GetPolicy.Response>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }
    }

    public sealed record Response(
        string PolicyName,
        string PolicyArn,
        string PolicyDocument,
        string DefaultVersionId,
        DateTimeOffset CreationDate,
        DateTimeOffset LastModifiedDate,
        string GenerationId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        if (PolicyStore.Find(session, caller.Account, request.PolicyName) is not { } row)
            return PolicyErrors.NoPolicy(request.PolicyName);
        var version = PolicyStore.Versions(session, caller.Account, row.PolicyName).Single(v => v.Version == row.DefaultVersion);
        return new Response(
            row.PolicyName, caller.IotArn("policy/" + row.PolicyName), version.Document, version.VersionId,
            DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs), row.GenerationId);
    }, ct);
}
