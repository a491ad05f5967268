using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>ListThingGroupsForThing — GET /things/{thingName}/thing-groups: the groups it was put into, not those above them.</summary>
public sealed class ListThingGroupsForThing(Database database) : IOperation<ListThingGroupsForThing.Request, ListThingGroupsForThing.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }
    }

    public sealed record Response(IReadOnlyList<GroupNameAndArn> ThingGroups, string? NextToken);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListThingGroupsForThing), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!Membership.ThingExists(session, caller.Account, request.ThingName))
                return ThingErrors.NoThing(request.ThingName);
            var names = session.Query<string>(
                """
                SELECT group_name FROM thing_group_member
                WHERE account = @Account AND thing_name = @ThingName AND group_name > @After ORDER BY group_name LIMIT @Limit
                """,
                new { caller.Account, request.ThingName, After = after[0], Limit = size + 1 });
            var page = PageToken.Page(
                nameof(ListThingGroupsForThing), names, size, name => new GroupNameAndArn(name, caller.IotArn("thinggroup/" + name)), name => [name]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
