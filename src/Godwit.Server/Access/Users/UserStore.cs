using Godwit.Server.Storage;

namespace Godwit.Server.Access.Users;

/// <summary>The rows of users and of their sessions.</summary>
internal static class UserStore
{
    private const string Columns = "SELECT account, user_name, role, password_hash, created_at_ms, last_sign_in_at_ms, subject FROM console_user";

    /// <summary>Whether someone is there who can let others in: whom a provider signs in as a viewer cannot.</summary>
    public static bool Any(ReadSession session) =>
        session.First<long>("SELECT COUNT(*) FROM (SELECT 1 FROM console_user WHERE subject IS NULL OR role = 'admin' LIMIT 1) u") > 0;

    public static UserRow? OfSubject(ReadSession session, string account, string subject) =>
        session.First<UserRow>($"{Columns} WHERE account = @account AND subject = @subject", new { account, subject });

    public static UserRow? Find(ReadSession session, string account, string name) =>
        session.First<UserRow>($"{Columns} WHERE account = @account AND user_name = @name", new { account, name });

    public static List<UserRow> List(ReadSession session, string account) =>
        session.Query<UserRow>($"{Columns} WHERE account = @account ORDER BY user_name", new { account });

    public static long Admins(ReadSession session, string account) =>
        session.First<long>("SELECT COUNT(*) FROM console_user WHERE account = @account AND role = 'admin'", new { account });

    public static void Insert(WriteSession session, string account, string name, UserRole role, string passwordHash, string? subject = null) => session.Execute(
        """
        INSERT INTO console_user (account, user_name, role, password_hash, created_at_ms, password_at_ms, subject)
        VALUES (@account, @name, @role, @passwordHash, @NowMs, @NowMs, @subject)
        """,
        new { account, name, role = role.Wire(), passwordHash, session.NowMs, subject });

    public static void Delete(WriteSession session, string account, string name)
    {
        EndSessions(session, account, name);
        session.Execute("DELETE FROM console_user WHERE account = @account AND user_name = @name", new { account, name });
    }

    public static void EndSessions(WriteSession session, string account, string name) =>
        session.Execute("DELETE FROM console_session WHERE account = @account AND user_name = @name", new { account, name });
}

/// <summary>A row of <c>console_user</c>.</summary>
internal sealed record UserRow
{
    public string Account { get; init; } = "";

    public string UserName { get; init; } = "";

    public string Role { get; init; } = "";

    public string PasswordHash { get; init; } = "";

    public long CreatedAtMs { get; init; }

    public long? LastSignInAtMs { get; init; }

    /// <summary>Of whom a provider signs in.</summary>
    public string? Subject { get; init; }

    // Records print their members, and a password's hash must never reach a log.
    public override string ToString() => $"{UserName} of {Account}";
}
