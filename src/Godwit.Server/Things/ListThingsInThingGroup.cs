using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>ListThingsInThingGroup — GET /thing-groups/{thingGroupName}/things, with those of the groups below (recursive).</summary>
public sealed class ListThingsInThingGroup(Database database) : IOperation<ListThingsInThingGroup.Request, ListThingsInThingGroup.Response>
{
    public sealed record Request
    {
        public required string ThingGroupName { get; init; }

        public bool? Recursive { get; init; }

        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> Things, string? NextToken);

    internal const string Direct =
        """
        SELECT group_name, thing_name FROM thing_group_member
        WHERE account = @Account AND group_name = @ThingGroupName AND thing_name > @AfterThing ORDER BY thing_name LIMIT @Limit
        """;

    // CROSS JOIN: group by group in the order of both keys, and no page sorts. The group of the token first, from its last thing on;
    // then the groups behind it from their first.
    internal const string Below =
        """
        SELECT group_name, thing_name FROM (
          SELECT m.group_name, m.thing_name FROM thing_group_member m
          WHERE m.account = @Account AND m.group_name = @AfterGroup AND m.thing_name > @AfterThing
            AND EXISTS (SELECT 1 FROM thing_group_closure c WHERE c.account = @Account AND c.ancestor = @ThingGroupName AND c.descendant = @AfterGroup)
          ORDER BY m.thing_name LIMIT @Limit) first
        UNION ALL
        SELECT group_name, thing_name FROM (
          SELECT m.group_name, m.thing_name FROM thing_group_closure c CROSS JOIN thing_group_member m
          WHERE c.account = @Account AND c.ancestor = @ThingGroupName AND c.descendant > @AfterGroup
            AND m.account = c.account AND m.group_name = c.descendant
          ORDER BY c.descendant, m.thing_name LIMIT @Limit) later
        ORDER BY group_name, thing_name LIMIT @Limit
        """;

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListThingsInThingGroup), request.NextToken, 2, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!Membership.GroupExists(session, caller.Account, request.ThingGroupName))
                return ThingErrors.NoGroup(request.ThingGroupName);
            var rows = session.Query<MemberRow>(
                request.Recursive is true ? Below : Direct,
                new { caller.Account, request.ThingGroupName, AfterGroup = after[0], AfterThing = after[1], Limit = size + 1 });
            var page = PageToken.Page(nameof(ListThingsInThingGroup), rows, size, row => row.ThingName, row => [row.GroupName, row.ThingName]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }

    private sealed record MemberRow
    {
        public string GroupName { get; init; } = "";

        public string ThingName { get; init; } = "";
    }
}
