using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.RoleAliases;

/// <summary>UpdateRoleAlias — PUT /role-aliases/{roleAlias}. What is not given stays as it is.</summary>
public sealed class UpdateRoleAlias(Database database) : IOperation<UpdateRoleAlias.Request, UpdateRoleAlias.Response>
{
    public sealed record Request
    {
        public required string RoleAlias { get; init; }

        public string? RoleArn { get; init; }

        public int? CredentialDurationSeconds { get; init; }
    }

    public sealed record Response(string RoleAlias, string RoleAliasArn);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.RoleArn is { } roleArn && RoleAliasStore.Refuse(caller, roleArn) is { } refusal)
            return Task.FromResult<Result<Response>>(refusal);
        return database.Change<Response>(session =>
        {
            if (RoleAliasStore.Find(session, caller.Account, request.RoleAlias) is not { } old)
                return RoleAliasStore.NotFound(request.RoleAlias);
            var (role, duration) = (request.RoleArn ?? old.RoleArn, request.CredentialDurationSeconds ?? old.DurationSeconds);
            session.Execute(
                "UPDATE role_alias SET role_arn = @role, duration_seconds = @duration, modified_at_ms = @NowMs WHERE account = @Account AND alias = @RoleAlias",
                new { caller.Account, request.RoleAlias, role, duration, session.NowMs });
            session.Record(new Fact(
                caller.Account, caller.Arn, nameof(UpdateRoleAlias), "rolealias/" + old.Alias, $"{old.RoleArn} for {old.DurationSeconds} s", $"{role} for {duration} s"));
            return new Response(old.Alias, caller.IotArn("rolealias/" + old.Alias));
        }, ct);
    }
}
