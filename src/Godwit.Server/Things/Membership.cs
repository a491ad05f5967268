using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>Who is there and which things a target stands for: what jobs need to know of the registry.</summary>
public static class Membership
{
    // CROSS JOIN: the side that is named leads, whatever a planner without statistics thinks of the other.

    /// <summary>
    /// Names of the things in <c>@group</c> of <c>@account</c>, groups below it included, as the column <c>thing_name</c>.
    /// No name comes twice: a thing is in at most one group of a hierarchy.
    /// </summary>
    public const string ThingsOfGroupSql =
        """
        SELECT m.thing_name AS thing_name FROM thing_group_closure c CROSS JOIN thing_group_member m
        WHERE c.account = @account AND c.ancestor = @group AND m.account = c.account AND m.group_name = c.descendant
        """;

    /// <summary>Names of the groups that <c>@thing</c> of <c>@account</c> belongs to, groups above them included, as the column <c>group_name</c>.</summary>
    public const string GroupsOfThingSql =
        """
        SELECT c.ancestor AS group_name FROM thing_group_member m CROSS JOIN thing_group_closure c
        WHERE m.account = @account AND m.thing_name = @thing AND c.account = m.account AND c.descendant = m.group_name
        """;

    /// <summary>Whether a target of a job, <c>…:thing/NAME</c> or <c>…:thinggroup/NAME</c>, is there. An ARN of another account is never there.</summary>
    public static bool Exists(ReadSession session, string account, Arn target) =>
        target.Service == "iot" && target.Account == account && target.ResourceType switch
        {
            "thing" => ThingExists(session, account, target.ResourceName),
            "thinggroup" => GroupExists(session, account, target.ResourceName),
            _ => false,
        };

    public static bool ThingExists(ReadSession session, string account, string thing) =>
        session.First<long>("SELECT 1 FROM thing WHERE account = @account AND thing_name = @thing", new { account, thing }) != 0;

    /// <summary>Whether a group's members are found by a query.</summary>
    public static bool IsDynamic(ReadSession session, string account, string group) =>
        session.First<string>("SELECT query_string FROM thing_group WHERE account = @account AND group_name = @group", new { account, group }) is not null;

    public static bool GroupExists(ReadSession session, string account, string group) =>
        session.First<long>("SELECT 1 FROM thing_group WHERE account = @account AND group_name = @group", new { account, group }) != 0;
}
