using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.RoleAliases;

/// <summary>DeleteRoleAlias — DELETE /role-aliases/{roleAlias}</summary>
public sealed class DeleteRoleAlias(Database database) : IOperation<DeleteRoleAlias.Request, Nothing>
{
    public sealed record Request
    {
        public required string RoleAlias { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (RoleAliasStore.Find(session, caller.Account, request.RoleAlias) is not { } row)
            return RoleAliasStore.NotFound(request.RoleAlias);
        session.Execute("DELETE FROM role_alias WHERE account = @Account AND alias = @RoleAlias", new { caller.Account, request.RoleAlias });
        ResourceTags.Clear(session, caller.Account, "rolealias/" + row.Alias);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteRoleAlias), "rolealias/" + row.Alias, row.RoleArn, null));
        return default(Nothing);
    }, ct);
}
