using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Access.Users;

/// <summary>CreateUser — POST /godwit/users: a person who may sign in to the console.</summary>
public sealed class CreateUser(Database database, Passwords passwords) : IOperation<CreateUser.Request, CreateUser.Response>
{
    /// <summary>People, not devices: a list of them fits a page.</summary>
    internal const int UsersMax = 1000;

    public sealed record Request
    {
        public string? UserName { get; init; }

        public string? Role { get; init; }

        public string? Password { get; init; }

        public override string ToString() => $"{UserName} as {Role}";
    }

    public sealed record Response(string UserName, string UserArn, string Role);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var role = UserRules.Role(request.Role);
        if ((UserRules.Name(request.UserName) ?? role.Error ?? UserRules.Password(request.Password, request.UserName!)) is { } wrong)
            return wrong;
        var hash = await passwords.Hash(request.Password!, ct);
        return await database.Change(session => Insert(session, caller, request.UserName!, role.Value, hash), ct);
    }

    private static Result<Response> Insert(WriteSession session, Caller caller, string name, UserRole role, string hash)
    {
        var arn = UserRules.Arn(caller.Account, name);
        if (UserStore.Find(session, caller.Account, name) is not null)
            return Errors.ResourceAlreadyExists($"User {name} exists already. Change it by PATCH /godwit/users/{name}.", name, arn);
        if (UserStore.List(session, caller.Account).Count >= UsersMax)
            return Errors.LimitExceeded($"An account has at most {UsersMax} users.");
        UserStore.Insert(session, caller.Account, name, role, hash);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreateUser), "user/" + name, null, role.Wire()));
        return new Response(name, arn, role.Wire());
    }
}
