using System.Security.Cryptography;
using System.Text;
using Godwit.Core;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Access.Users;

/// <summary>
/// The first user: whoever has the token that the service printed at start makes himself the admin, once. The token is in memory only, and worth nothing
/// once there is a user.
/// </summary>
public sealed class FirstVisit(Database database, Passwords passwords, SignIns signIns, SignInThrottle throttle, IRandomSource random, ServerOptions options)
{
    private const string Alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

    private readonly Lazy<string> _token = new(() => string.Join('-', Enumerable.Range(0, 6).Select(_ => random.NewText(5, Alphabet))));

    /// <summary>Null once there is a user.</summary>
    public async Task<string?> Token(CancellationToken ct) => await database.Read(session => UserStore.Any(session), ct) ? null : _token.Value;

    /// <summary>Makes the first user and signs him in.</summary>
    public async Task<Result<string>> Take(string token, string name, string password, string address, CancellationToken ct)
    {
        if (throttle.Try("first visit", address) is { } early)
            return early;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token.Trim()), Encoding.UTF8.GetBytes(_token.Value)))
            return Errors.AccessDenied("This is not the token that the service printed when it started. It is printed anew at each start, until there is a user.");
        throttle.Succeeded("first visit", address);
        if ((UserRules.Name(name) ?? UserRules.Password(password, name)) is { } wrong)
            return wrong;
        var hash = await passwords.Hash(password, ct);
        var made = await database.Change(session => Insert(session, name, hash), ct);
        return made.IsOk ? await signIns.Open(made.Value, ct) : made.Error;
    }

    private Result<UserRow> Insert(WriteSession session, string name, string hash)
    {
        if (UserStore.Any(session))
            return Errors.AccessDenied("There is a user already. Sign in, or ask an admin.");
        var account = options.DefaultAccount;
        UserStore.Insert(session, account, name, UserRole.Admin, hash);
        session.Record(new Fact(account, UserRules.Arn(account, name), nameof(CreateUser), "user/" + name, null, "admin", "first visit"));
        return UserStore.Find(session, account, name)!;
    }
}
