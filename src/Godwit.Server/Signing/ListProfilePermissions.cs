using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>ListProfilePermissions — GET /signing-profiles/{profileName}/permissions</summary>
public sealed class ListProfilePermissions(Database database) : IOperation<ListProfilePermissions.Request, ListProfilePermissions.Response>
{
    public sealed record Request
    {
        public required string ProfileName { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response(string? RevisionId, int PolicySizeBytes, IReadOnlyList<Statement> Permissions);

    public sealed record Statement(string Action, string Principal, string StatementId, string? ProfileVersion);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        if (!string.IsNullOrEmpty(request.NextToken))
            return SigningErrors.NextTokenInvalid;
        return SigningProfileStore.Find(session, caller.Account, request.ProfileName) is { } row
            ? new Response(row.PermissionsRevision, row.Permissions.Length, [.. row.ReadPermissions.Select(one => new Statement(one.Action, one.Principal, one.StatementId, one.ProfileVersion))])
            : SigningErrors.NotFound($"profile with name {request.ProfileName} does not exist");
    }, ct);
}
