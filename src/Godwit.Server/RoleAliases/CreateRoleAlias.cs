using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.RoleAliases;

/// <summary>CreateRoleAlias — POST /role-aliases/{roleAlias}</summary>
public sealed class CreateRoleAlias(Database database) : IOperation<CreateRoleAlias.Request, CreateRoleAlias.Response>
{
    /// <summary>AWS: an account has at most a hundred role aliases.</summary>
    private const int AliasesMax = 100;

    private const int DurationDefault = 3600;

    public sealed record Request
    {
        public required string RoleAlias { get; init; }

        public required string RoleArn { get; init; }

        public int? CredentialDurationSeconds { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }
    }

    public sealed record Response(string RoleAlias, string RoleAliasArn);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (RoleAliasStore.Refuse(caller, request.RoleArn) is { } refusal)
            return Task.FromResult<Result<Response>>(refusal);
        return database.Change(session => Create(session, caller, request), ct);
    }

    private static Result<Response> Create(WriteSession session, Caller caller, Request request)
    {
        var resource = "rolealias/" + request.RoleAlias;
        var arn = caller.IotArn(resource);
        if (RoleAliasStore.Exists(session, caller.Account, request.RoleAlias))
            return Errors.ResourceAlreadyExists($"Role alias {request.RoleAlias} already exists. Change it with UpdateRoleAlias.", request.RoleAlias, arn);
        if (session.First<long>("SELECT COUNT(*) FROM role_alias WHERE account = @Account", new { caller.Account }) >= AliasesMax)
            return Errors.LimitExceeded($"The account has {AliasesMax} role aliases already, the most there may be. Delete one with DeleteRoleAlias.");
        session.Execute(
            """
            INSERT INTO role_alias (account, alias, region, role_arn, duration_seconds, created_at_ms, modified_at_ms)
            VALUES (@Account, @RoleAlias, @Region, @RoleArn, @duration, @NowMs, @NowMs)
            """,
            new { caller.Account, request.RoleAlias, caller.Region, request.RoleArn, duration = request.CredentialDurationSeconds ?? DurationDefault, session.NowMs });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreateRoleAlias), resource, null, request.RoleArn));
        return ResourceTags.Put(session, caller.Account, resource, request.Tags).Map(_ => new Response(request.RoleAlias, arn));
    }
}
