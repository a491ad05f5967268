using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.RoleAliases;

/// <summary>DescribeRoleAlias — GET /role-aliases/{roleAlias}</summary>
public sealed class DescribeRoleAlias(Database database) : IOperation<DescribeRoleAlias.Request, DescribeRoleAlias.Response>
{
    public sealed record Request
    {
        public required string RoleAlias { get; init; }
    }

    public sealed record Response(Description RoleAliasDescription);

    public sealed record Description(
        string RoleAlias, string RoleAliasArn, string RoleArn, string Owner, int CredentialDurationSeconds, DateTimeOffset CreationDate, DateTimeOffset LastModifiedDate);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => RoleAliasStore.Find(session, caller.Account, request.RoleAlias), ct);
        return row is null
            ? RoleAliasStore.NotFound(request.RoleAlias)
            : new Response(new Description(
                row.Alias, caller.IotArn("rolealias/" + row.Alias), row.RoleArn, caller.Account, (int)row.DurationSeconds,
                DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs)));
    }
}
