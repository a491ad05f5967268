using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>RemoveProfilePermission — DELETE /signing-profiles/{profileName}/permissions/{statementId}</summary>
public sealed class RemoveProfilePermission(Database database, IRandomSource random) : IOperation<RemoveProfilePermission.Request, RemoveProfilePermission.Response>
{
    public sealed record Request
    {
        public required string ProfileName { get; init; }

        public required string RevisionId { get; init; }

        public required string StatementId { get; init; }
    }

    public sealed record Response(string RevisionId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Response>(session =>
    {
        if (SigningProfileStore.Find(session, caller.Account, request.ProfileName) is not { } row)
            return SigningErrors.NotFound($"profile with name {request.ProfileName} does not exist");
        var statements = row.ReadPermissions;
        if (statements.RemoveAll(statement => statement.StatementId == request.StatementId) == 0)
            return SigningErrors.NotFound($"Statement {request.StatementId} does not exist. ListProfilePermissions shows those that do.");
        if (request.RevisionId != row.PermissionsRevision)
            return SigningErrors.Conflict("revisionId is not that of the profile's policy, which was changed meanwhile. ListProfilePermissions tells it.");
        var after = row with { Permissions = SigningJson.Write(statements)!, PermissionsRevision = random.NewUuid() };
        SigningProfileStore.Update(session, caller, row, after, nameof(RemoveProfilePermission), request.StatementId);
        return new Response(after.PermissionsRevision);
    }, ct);
}
