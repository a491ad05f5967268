using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>Rows of the managed policies that accounts made.</summary>
internal static class ManagedPolicyStore
{
    public static IamPolicyRow? Find(ReadSession session, string account, string name) =>
        session.First<IamPolicyRow>("SELECT * FROM iam_policy WHERE account = @account AND name_key = @key", new { account, key = IamEntity.KeyOf(name) });

    public static List<IamPolicyRow> List(ReadSession session, string account, string pathPrefix, string after, int count) =>
        session.Query<IamPolicyRow>(
            """
            SELECT * FROM iam_policy WHERE account = @account AND name_key > @after AND substr(path, 1, @length) = @pathPrefix
            ORDER BY name_key LIMIT @count
            """,
            new { account, after, pathPrefix, length = pathPrefix.Length, count });

    public static long Count(ReadSession session, string account) =>
        session.First<long>("SELECT count(*) FROM iam_policy WHERE account = @account", new { account });

    public static void Insert(WriteSession session, IamPolicyRow row, string document)
    {
        session.Execute(
            """
            INSERT INTO iam_policy (account, name_key, name, path, policy_id, description, default_version, last_version, created_at_ms, updated_at_ms)
            VALUES (@Account, @NameKey, @Name, @Path, @PolicyId, @Description, 1, 1, @CreatedAtMs, @UpdatedAtMs)
            """,
            row);
        InsertVersion(session, row, 1, document);
    }

    public static void Update(WriteSession session, IamPolicyRow row) => session.Execute(
        "UPDATE iam_policy SET default_version = @DefaultVersion, last_version = @LastVersion, updated_at_ms = @UpdatedAtMs WHERE account = @Account AND name_key = @NameKey",
        row);

    public static void Delete(WriteSession session, IamPolicyRow row)
    {
        session.Execute("DELETE FROM iam_tag WHERE account = @Account AND kind = 'policy' AND name_key = @NameKey", row);
        session.Execute("DELETE FROM iam_policy_version WHERE account = @Account AND name_key = @NameKey", row);
        session.Execute("DELETE FROM iam_policy WHERE account = @Account AND name_key = @NameKey", row);
    }

    public static void InsertVersion(WriteSession session, IamPolicyRow row, long version, string document) => session.Execute(
        "INSERT INTO iam_policy_version (account, name_key, version, document, created_at_ms) VALUES (@Account, @NameKey, @version, @document, @now)",
        new { row.Account, row.NameKey, version, document, now = session.NowMs });

    public static void DeleteVersion(WriteSession session, IamPolicyRow row, long version) => session.Execute(
        "DELETE FROM iam_policy_version WHERE account = @Account AND name_key = @NameKey AND version = @version", new { row.Account, row.NameKey, version });

    public static List<IamPolicyVersionRow> Versions(ReadSession session, IamPolicyRow row) => session.Query<IamPolicyVersionRow>(
        "SELECT version, document, created_at_ms FROM iam_policy_version WHERE account = @Account AND name_key = @NameKey ORDER BY version DESC", row);

    public static IamPolicyVersionRow? Version(ReadSession session, IamPolicyRow row, long version) => session.First<IamPolicyVersionRow>(
        "SELECT version, document, created_at_ms FROM iam_policy_version WHERE account = @Account AND name_key = @NameKey AND version = @version",
        new { row.Account, row.NameKey, version });
}
