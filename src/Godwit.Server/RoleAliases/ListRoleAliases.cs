using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.RoleAliases;

/// <summary>ListRoleAliases — GET /role-aliases, by their names, backwards unless isAscendingOrder.</summary>
public sealed class ListRoleAliases(Database database) : IOperation<ListRoleAliases.Request, ListRoleAliases.Response>
{
    private const string Forwards = "SELECT alias FROM role_alias WHERE account = @Account AND alias > @after ORDER BY alias LIMIT @limit";

    private const string Backwards = "SELECT alias FROM role_alias WHERE account = @Account AND alias < @after ORDER BY alias DESC LIMIT @limit";

    public sealed record Request
    {
        public int? PageSize { get; init; }

        public string? Marker { get; init; }

        public bool? AscendingOrder { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> RoleAliases, string? NextMarker);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        var list = nameof(ListRoleAliases) + (ascending ? "+" : "-");
        if (!PageToken.TryRead(list, request.Marker, 1, out var after))
            return PageToken.Invalid;
        var size = request.PageSize ?? PageToken.DefaultSize;
        // All of a name's characters lie below this one.
        var from = after[0].Length > 0 || ascending ? after[0] : "\uFFFD";
        var names = await database.Read(
            session => session.Query<string>(ascending ? Forwards : Backwards, new { caller.Account, after = from, limit = size + 1 }), ct);
        var page = PageToken.Page(list, names, size, name => name, name => [name]);
        return new Response(page.Items, page.NextToken);
    }
}
