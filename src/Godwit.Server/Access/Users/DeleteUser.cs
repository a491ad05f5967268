using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Access.Users;

/// <summary>DeleteUser — DELETE /godwit/users/{userName}. Sessions end with the user; the last admin stays.</summary>
public sealed class DeleteUser(Database database) : IOperation<DeleteUser.Request, Nothing>
{
    public sealed record Request(string UserName);

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Delete(session, caller, request.UserName), ct);

    private static Result<Nothing> Delete(WriteSession session, Caller caller, string name)
    {
        if (UserStore.Find(session, caller.Account, name) is not { } user)
            return Errors.ResourceNotFound($"There is no user {name}.");
        if (user.Role == "admin" && UserStore.Admins(session, caller.Account) == 1)
            return Errors.InvalidRequest($"{name} is the only admin. Make another user an admin first.");
        UserStore.Delete(session, caller.Account, name);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteUser), "user/" + name, user.Role, null));
        return default(Nothing);
    }
}
