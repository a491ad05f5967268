using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>Rows of roles, users and the policies on them.</summary>
internal static class IamStore
{
    private const string OfEntity = "account = @account AND kind = @kind AND name_key = @key";

    public static IamEntity? Find(ReadSession session, string account, string kind, string name) =>
        session.First<IamEntity>($"SELECT * FROM iam_entity WHERE {OfEntity}", Key(account, kind, name));

    public static List<IamEntity> All(ReadSession session) => session.Query<IamEntity>("SELECT * FROM iam_entity");

    public static List<IamEntity> List(ReadSession session, string account, string kind, string pathPrefix, string after, int count) =>
        session.Query<IamEntity>(
            """
            SELECT * FROM iam_entity
            WHERE account = @account AND kind = @kind AND name_key > @after AND substr(path, 1, @length) = @pathPrefix
            ORDER BY name_key LIMIT @count
            """,
            new { account, kind, after, pathPrefix, length = pathPrefix.Length, count });

    public static long Count(ReadSession session, string account, string kind) =>
        session.First<long>("SELECT count(*) FROM iam_entity WHERE account = @account AND kind = @kind", new { account, kind });

    public static void Insert(WriteSession session, IamEntity row) => session.Execute(
        """
        INSERT INTO iam_entity (account, kind, name_key, name, path, entity_id, description, trust_policy, max_session_seconds, created_at_ms)
        VALUES (@Account, @Kind, @NameKey, @Name, @Path, @EntityId, @Description, @TrustPolicy, @MaxSessionSeconds, @CreatedAtMs)
        """,
        row);

    public static void Update(WriteSession session, IamEntity row) => session.Execute(
        """
        UPDATE iam_entity SET description = @Description, trust_policy = @TrustPolicy, max_session_seconds = @MaxSessionSeconds
        WHERE account = @Account AND kind = @Kind AND name_key = @NameKey
        """,
        row);

    public static void Delete(WriteSession session, IamEntity row)
    {
        var key = Key(row.Account, row.Kind, row.Name);
        session.Execute($"DELETE FROM iam_tag WHERE {OfEntity}", key);
        session.Execute($"DELETE FROM iam_entity WHERE {OfEntity}", key);
    }

    public static List<(string PolicyName, string Document)> Inline(ReadSession session, IamEntity entity) =>
        session.Query<(string, string)>(
            $"SELECT policy_name, document FROM iam_inline_policy WHERE {OfEntity} ORDER BY policy_name", Key(entity.Account, entity.Kind, entity.Name));

    public static void PutInline(WriteSession session, IamEntity entity, string policyName, string document) => session.Execute(
        """
        INSERT INTO iam_inline_policy (account, kind, name_key, policy_name, document)
        VALUES (@Account, @Kind, @NameKey, @policyName, @document)
        ON CONFLICT (account, kind, name_key, policy_name) DO UPDATE SET document = excluded.document
        """,
        new { entity.Account, entity.Kind, entity.NameKey, policyName, document });

    public static bool DeleteInline(WriteSession session, IamEntity entity, string policyName) => session.Execute(
        "DELETE FROM iam_inline_policy WHERE account = @Account AND kind = @Kind AND name_key = @NameKey AND policy_name = @policyName",
        new { entity.Account, entity.Kind, entity.NameKey, policyName }) > 0;

    public static List<string> Attached(ReadSession session, IamEntity entity) => session.Query<string>(
        $"SELECT policy_arn FROM iam_attachment WHERE {OfEntity} ORDER BY policy_arn", Key(entity.Account, entity.Kind, entity.Name));

    public static void Attach(WriteSession session, IamEntity entity, string policyArn) => session.Execute(
        "INSERT INTO iam_attachment (account, kind, name_key, policy_arn) VALUES (@Account, @Kind, @NameKey, @policyArn) ON CONFLICT DO NOTHING",
        new { entity.Account, entity.Kind, entity.NameKey, policyArn });

    public static bool Detach(WriteSession session, IamEntity entity, string policyArn) => session.Execute(
        "DELETE FROM iam_attachment WHERE account = @Account AND kind = @Kind AND name_key = @NameKey AND policy_arn = @policyArn",
        new { entity.Account, entity.Kind, entity.NameKey, policyArn }) > 0;

    /// <summary>The roles and users that have a policy attached.</summary>
    public static List<IamEntity> Holders(ReadSession session, string account, string policyArn) => session.Query<IamEntity>(
        """
        SELECT e.* FROM iam_attachment a
        JOIN iam_entity e ON e.account = a.account AND e.kind = a.kind AND e.name_key = a.name_key
        WHERE a.account = @account AND a.policy_arn = @policyArn ORDER BY e.kind, e.name_key
        """,
        new { account, policyArn });

    public static IReadOnlyList<KeyValuePair<string, string>> Tags(ReadSession session, string account, string kind, string name) =>
        [.. session.Query<(string Key, string Value)>(
                $"SELECT tag_key, tag_value FROM iam_tag WHERE {OfEntity} ORDER BY tag_key", Key(account, kind, name))
            .Select(tag => new KeyValuePair<string, string>(tag.Key, tag.Value))];

    public static void PutTags(WriteSession session, string account, string kind, string name, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        foreach (var (tag, value) in tags)
            session.Execute(
                """
                INSERT INTO iam_tag (account, kind, name_key, tag_key, tag_value) VALUES (@account, @kind, @key, @tag, @value)
                ON CONFLICT (account, kind, name_key, tag_key) DO UPDATE SET tag_value = excluded.tag_value
                """,
                new { account, kind, key = IamEntity.KeyOf(name), tag, value });
    }

    public static void DeleteTag(WriteSession session, string account, string kind, string name, string tag) =>
        session.Execute($"DELETE FROM iam_tag WHERE {OfEntity} AND tag_key = @tag", new { account, kind, key = IamEntity.KeyOf(name), tag });

    private static object Key(string account, string kind, string name) => new { account, kind, key = IamEntity.KeyOf(name) };
}
