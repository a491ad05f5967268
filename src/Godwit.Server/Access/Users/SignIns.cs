using System.Security.Cryptography;
using System.Text;
using Godwit.Core;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Access.Users;

/// <summary>Who is signed in: passwords become sessions, sessions become people. A session is a random token of which only the hash is kept.</summary>
public sealed class SignIns(Database database, Passwords passwords, SignInThrottle throttle, IRandomSource random, TimeProvider time)
{
    /// <summary>A session lasts so long from its last use.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(8);

    /// <summary>What a provider said of someone is asked anew after this.</summary>
    public static readonly TimeSpan LongestByProvider = TimeSpan.FromHours(12);

    /// <summary>And never longer than this.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private const int SessionsOfUserMax = 50;
    private const string TokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static readonly ServiceError Wrong = new("UnauthorizedException", 401, "User name or password is wrong.");

    /// <summary>A token for a new session, or why there is none. It says the same of a wrong name as of a wrong password, and takes as long.</summary>
    public async Task<Result<string>> SignIn(string account, string name, string password, string address, CancellationToken ct)
    {
        if (name.Length > 64 || password.Length > Passwords.LengthMax)
            return Wrong;
        if (throttle.Try(name, address) is { } early)
            return early;
        var user = await database.Read(session => UserStore.Find(session, account, name), ct);
        if (!await passwords.Verify(password, user is { Subject: null } ? user.PasswordHash : null, ct))
            return Wrong;
        throttle.Succeeded(name, address);
        return await Open(user!, ct);
    }

    /// <summary>The person behind a token, or null. A session in use lasts.</summary>
    public async Task<SignedIn?> Find(string token, CancellationToken ct)
    {
        var (hash, nowMs) = (HashOf(token), time.GetUtcNow().ToUnixTimeMilliseconds());
        var row = await database.Read(
            session => session.First<Row>(
                """
                SELECT s.account, s.user_name, s.created_at_ms, s.expires_at_ms, u.role, CASE WHEN u.subject IS NULL THEN 0 ELSE 1 END AS by_provider FROM console_session s
                JOIN console_user u ON u.account = s.account AND u.user_name = s.user_name
                WHERE s.token_hash = @hash AND s.expires_at_ms > @nowMs
                """,
                new { hash, nowMs }),
            ct);
        if (row is null || UserRoles.Parse(row.Role) is not { } role)
            return null;
        var until = Math.Min(nowMs + (long)Idle.TotalMilliseconds, row.CreatedAtMs + (long)(row.ByProvider != 0 ? LongestByProvider : Longest).TotalMilliseconds);
        // Not at each request: a tenth of the time is close enough.
        if (until - row.ExpiresAtMs > Idle.TotalMilliseconds / 10)
            await database.Write(session => session.Execute("UPDATE console_session SET expires_at_ms = @until WHERE token_hash = @hash", new { until, hash }), ct);
        return new SignedIn(row.Account, row.UserName, role, token);
    }

    public Task SignOut(SignedIn who, CancellationToken ct) => database.Write(
        session =>
        {
            var ended = session.Execute("DELETE FROM console_session WHERE token_hash = @hash", new { hash = HashOf(who.Token) });
            if (ended > 0)
                session.Record(new Fact(who.Account, who.Arn, nameof(SignOut), "user/" + who.UserName, null, null));
            return ended;
        },
        ct);

    internal string NewToken() => random.NewText(43, TokenAlphabet);

    internal async Task<Result<string>> Open(UserRow user, CancellationToken ct)
    {
        var token = NewToken();
        return await database.Change<string>(
            session =>
            {
                // What the password was checked against must still hold.
                if (UserStore.Find(session, user.Account, user.UserName)?.PasswordHash != user.PasswordHash)
                    return Wrong;
                Insert(session, user, token);
                return token;
            },
            ct);
    }

    internal static void Insert(WriteSession session, UserRow user, string token)
    {
        var args = new { user.Account, user.UserName, session.NowMs, hash = HashOf(token), until = session.NowMs + (long)Idle.TotalMilliseconds, keep = SessionsOfUserMax - 1 };
        session.Execute("DELETE FROM console_session WHERE expires_at_ms <= @NowMs", args);
        session.Execute(
            """
            DELETE FROM console_session WHERE account = @Account AND user_name = @UserName AND token_hash NOT IN (
              SELECT token_hash FROM console_session WHERE account = @Account AND user_name = @UserName ORDER BY created_at_ms DESC LIMIT @keep)
            """,
            args);
        session.Execute(
            "INSERT INTO console_session (token_hash, account, user_name, created_at_ms, expires_at_ms) VALUES (@hash, @Account, @UserName, @NowMs, @until)", args);
        session.Execute("UPDATE console_user SET last_sign_in_at_ms = @NowMs WHERE account = @Account AND user_name = @UserName", args);
        session.Record(new Fact(user.Account, UserRules.Arn(user.Account, user.UserName), nameof(SignIn), "user/" + user.UserName, null, null));
    }

    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private sealed record Row
    {
        public string Account { get; init; } = "";

        public string UserName { get; init; } = "";

        public string Role { get; init; } = "";

        public long ByProvider { get; init; }

        public long CreatedAtMs { get; init; }

        public long ExpiresAtMs { get; init; }
    }
}

/// <summary>Someone who is signed in.</summary>
public sealed record SignedIn(string Account, string UserName, UserRole Role, string Token)
{
    public string Arn => UserRules.Arn(Account, UserName);

    // Records print their members, and a session's token must never reach a log.
    public override string ToString() => $"{UserName} of {Account}";
}
