using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>ListThingGroups — GET /thing-groups: all, the roots (recursive=false), the children of a parent, or all below it (recursive=true).</summary>
public sealed class ListThingGroups(Database database) : IOperation<ListThingGroups.Request, ListThingGroups.Response>
{
    public sealed record Request
    {
        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }

        public string? ParentGroup { get; init; }

        public string? NamePrefixFilter { get; init; }

        public bool? Recursive { get; init; }
    }

    public sealed record Response(IReadOnlyList<GroupNameAndArn> ThingGroups, string? NextToken);

    internal const string All = "SELECT group_name FROM thing_group WHERE account = @Account";

    internal const string Roots = All + " AND parent IS NULL";

    internal const string Children = All + " AND parent = @ParentGroup";

    internal const string Below =
        "SELECT descendant AS group_name FROM thing_group_closure WHERE account = @Account AND ancestor = @ParentGroup AND descendant <> @ParentGroup";

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListThingGroups), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        return database.Read<Result<Response>>(session =>
        {
            if (request.ParentGroup is { } parent && !Membership.GroupExists(session, caller.Account, parent))
                return ThingErrors.NoGroup(parent);
            return List(session, caller, request, after[0]);
        }, ct);
    }

    private static Response List(ReadSession session, Caller caller, Request request, string after)
    {
        var which = (request.ParentGroup, request.Recursive) switch
        {
            (null, false) => Roots,
            (null, _) => All,
            (_, true) => Below,
            _ => Children,
        };
        var column = which == Below ? "descendant" : "group_name";
        var size = request.MaxResults ?? PageToken.DefaultSize;
        // One lower bound, so that a page is found in the key: names begin at '-', so "x!" lies behind "x" and before all else that follows it.
        var low = after.Length > 0 ? after + "!" : request.NamePrefixFilter ?? "";
        var names = session.Query<string>(
            $"{which} AND {column} >= @Low AND {column} <= @High ORDER BY {column} LIMIT @Limit",
            new { caller.Account, request.ParentGroup, Low = low, High = request.NamePrefixFilter + "\u007F", Limit = size + 1 });
        var page = PageToken.Page(
            nameof(ListThingGroups), names, size, name => new GroupNameAndArn(name, caller.IotArn("thinggroup/" + name)), name => [name]);
        return new Response(page.Items, page.NextToken);
    }
}
