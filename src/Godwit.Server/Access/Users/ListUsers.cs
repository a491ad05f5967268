using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Access.Users;

/// <summary>ListUsers — GET /godwit/users: everyone who may sign in to the console, by name.</summary>
public sealed class ListUsers(Database database) : IOperation<ListUsers.Request, ListUsers.Response>
{
    public sealed record Request;

    public sealed record Response(IReadOnlyList<User> Users);

    public sealed record User
    {
        public required string UserName { get; init; }

        public required string UserArn { get; init; }

        public required string Role { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? LastSignInAt { get; init; }

        /// <summary>The issuer whose word it is who this is and which role he has; null for a local user.</summary>
        public string? Provider { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var rows = await database.Read(session => UserStore.List(session, caller.Account), ct);
        return new Response([.. rows.Select(row => new User
        {
            UserName = row.UserName,
            UserArn = UserRules.Arn(row.Account, row.UserName),
            Role = row.Role,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            LastSignInAt = row.LastSignInAtMs is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            Provider = row.Subject?.Split(' ')[0],
        })]);
    }
}
