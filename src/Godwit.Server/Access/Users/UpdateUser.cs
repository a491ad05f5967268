using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Access.Users;

/// <summary>UpdateUser — PATCH /godwit/users/{userName}: another role, another password, or both. A new password ends the user's sessions.</summary>
public sealed class UpdateUser(Database database, Passwords passwords) : IOperation<UpdateUser.Request, Nothing>
{
    public sealed record Request
    {
        public string? UserName { get; init; }

        public string? Role { get; init; }

        public string? Password { get; init; }

        public override string ToString() => $"{UserName} as {Role}";
    }

    public async Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (UserRules.Name(request.UserName) is { } wrong)
            return wrong;
        if (request is { Role: null, Password: null })
            return Errors.InvalidRequest("Neither role nor password is given, so there is nothing to change.");
        var role = request.Role is null ? null : (Result<UserRole>?)UserRules.Role(request.Role);
        if ((role?.Error ?? (request.Password is null ? null : UserRules.Password(request.Password, request.UserName!))) is { } refusal)
            return refusal;
        var hash = request.Password is null ? null : await passwords.Hash(request.Password, ct);
        return await database.Change(session => Update(session, caller, request.UserName!, role?.Value, hash), ct);
    }

    private static Result<Nothing> Update(WriteSession session, Caller caller, string name, UserRole? role, string? hash)
    {
        if (UserStore.Find(session, caller.Account, name) is not { } before)
            return Errors.ResourceNotFound($"There is no user {name}.");
        if (before.Subject is not null)
            return Errors.InvalidRequest($"{name} signs in by a provider, which says who he is and which role he has. Change it there, or what its claims lead to by --oidc-role.");
        if (role is { } next && next != UserRole.Admin && before.Role == "admin" && UserStore.Admins(session, caller.Account) == 1)
            return Errors.InvalidRequest($"{name} is the only admin. Make another user an admin first.");
        session.Execute(
            """
            UPDATE console_user SET role = COALESCE(@role, role), password_hash = COALESCE(@hash, password_hash),
              password_at_ms = CASE WHEN @hash IS NULL THEN password_at_ms ELSE @NowMs END
            WHERE account = @Account AND user_name = @name
            """,
            new { caller.Account, name, role = role?.Wire(), hash, session.NowMs });
        if (hash is not null)
            UserStore.EndSessions(session, caller.Account, name);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(UpdateUser), "user/" + name, before.Role, role?.Wire() ?? before.Role, hash is null ? null : "new password"));
        return default(Nothing);
    }
}
