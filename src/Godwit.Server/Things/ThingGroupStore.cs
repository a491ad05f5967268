using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>Rows of thing groups, of their hierarchy and of their members.</summary>
internal static class ThingGroupStore
{
    public static ThingGroupRow? Find(ReadSession session, string account, string group) =>
        session.First<ThingGroupRow>("SELECT * FROM thing_group WHERE account = @account AND group_name = @group", new { account, group });

    public static void Insert(WriteSession session, string account, ThingGroupRow row)
    {
        session.Execute(
            """
            INSERT INTO thing_group (account, group_name, group_id, parent, root, depth, description, attributes, version, created_at_ms)
            VALUES (@account, @GroupName, @GroupId, @Parent, @Root, @Depth, @Description, @Attributes, @Version, @CreatedAtMs)
            """,
            new
            {
                account, row.GroupName, row.GroupId, row.Parent, row.Root, row.Depth, row.Description, row.Attributes, row.Version, row.CreatedAtMs,
            });
        session.Execute(
            """
            INSERT INTO thing_group_closure (account, ancestor, descendant)
            SELECT account, ancestor, @GroupName FROM thing_group_closure WHERE account = @account AND descendant = @Parent
            UNION ALL SELECT @account, @GroupName, @GroupName
            """,
            new { account, row.GroupName, row.Parent });
    }

    public static void Update(WriteSession session, string account, ThingGroupRow row) => session.Execute(
        """
        UPDATE thing_group SET description = @Description, attributes = @Attributes, version = @Version
        WHERE account = @account AND group_name = @GroupName
        """,
        new { account, row.GroupName, row.Description, row.Attributes, row.Version });

    public static void Delete(WriteSession session, string account, string group)
    {
        session.Execute("DELETE FROM thing_group_member WHERE account = @account AND group_name = @group", new { account, group });
        session.Execute("DELETE FROM thing_group_closure WHERE account = @account AND descendant = @group", new { account, group });
        session.Execute("DELETE FROM thing_group WHERE account = @account AND group_name = @group", new { account, group });
    }

    public static long CountChildren(ReadSession session, string account, string group) =>
        session.First<long>("SELECT COUNT(*) FROM thing_group WHERE account = @account AND parent = @group", new { account, group });

    /// <summary>The groups above one, from the root down.</summary>
    public static List<string> Ancestors(ReadSession session, string account, string group) => session.Query<string>(
        """
        SELECT g.group_name FROM thing_group_closure c
        JOIN thing_group g ON g.account = c.account AND g.group_name = c.ancestor
        WHERE c.account = @account AND c.descendant = @group AND c.ancestor <> @group ORDER BY g.depth
        """,
        new { account, group });

    /// <summary>The groups that a thing is in, with the root of each one's hierarchy.</summary>
    public static List<MemberGroup> GroupsOf(ReadSession session, string account, string thing) => session.Query<MemberGroup>(
        """
        SELECT m.group_name, g.root, g.query_string IS NOT NULL AS is_dynamic FROM thing_group_member m
        JOIN thing_group g ON g.account = m.account AND g.group_name = m.group_name
        WHERE m.account = @account AND m.thing_name = @thing
        """,
        new { account, thing });

    public static void AddMember(WriteSession session, string account, string group, string thing) => session.Execute(
        "INSERT INTO thing_group_member (account, group_name, thing_name, joined_at_ms) VALUES (@account, @group, @thing, @NowMs)",
        new { account, group, thing, session.NowMs });

    public static bool RemoveMember(WriteSession session, string account, string group, string thing) => session.Execute(
        "DELETE FROM thing_group_member WHERE account = @account AND group_name = @group AND thing_name = @thing", new { account, group, thing }) > 0;

    internal sealed record MemberGroup
    {
        public string GroupName { get; init; } = "";

        public string Root { get; init; } = "";

        public bool IsDynamic { get; init; }
    }
}

internal sealed record ThingGroupRow
{
    public string GroupName { get; init; } = "";

    public string GroupId { get; init; } = "";

    public string? Parent { get; init; }

    public string Root { get; init; } = "";

    public long Depth { get; init; }

    public string? Description { get; init; }

    public string Attributes { get; init; } = "{}";

    public long Version { get; init; }

    public long CreatedAtMs { get; init; }

    /// <summary>Null for a static group.</summary>
    public string? QueryString { get; init; }

    public string? QueryVersion { get; init; }

    public string? IndexName { get; init; }

    public long BuildStatus { get; init; }
}
