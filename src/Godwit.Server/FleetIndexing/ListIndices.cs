using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;

namespace Godwit.Server.FleetIndexing;

/// <summary>ListIndices — GET /indices: those that are on.</summary>
public sealed class ListIndices(Database database) : IOperation<ListIndices.Request, ListIndices.Response>
{
    public sealed record Request
    {
        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> IndexNames, string? NextToken);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListIndices), request.NextToken, 1, out var after))
            return PageToken.Invalid;
        var configuration = await database.Read(session => IndexingConfiguration.Of(session, caller.Account), ct);
        var names = new List<string>();
        if (configuration.IndexesGroups)
            names.Add(IndexNames.ThingGroups);
        if (configuration.IndexesThings)
            names.Add(IndexNames.Things);
        names.RemoveAll(name => string.CompareOrdinal(name, after[0]) <= 0);
        var page = PageToken.Page(nameof(ListIndices), names, request.MaxResults ?? PageToken.DefaultSize, name => name, name => [name]);
        return new Response(page.Items, page.NextToken);
    }
}
