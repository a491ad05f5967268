using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;

namespace Godwit.Server.FleetIndexing;

/// <summary>SearchIndex — POST /indices/search</summary>
public sealed class SearchIndex(FleetIndex index) : IOperation<SearchIndex.Request, SearchIndex.Response>
{
    private const int ResultsMax = 500;

    private const int ResultsDefault = 100;

    public sealed record Request
    {
        public string? IndexName { get; init; }

        public required string QueryString { get; init; }

        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }

        public string? QueryVersion { get; init; }
    }

    public sealed record Response(IReadOnlyList<ThingDocument>? Things, IReadOnlyList<ThingGroupDocument>? ThingGroups, string? NextToken);

    public sealed record ThingDocument(
        string ThingName,
        string ThingId,
        string? ThingTypeName,
        IReadOnlyList<string>? ThingGroupNames,
        IReadOnlyDictionary<string, string>? Attributes,
        ThingConnectivity? Connectivity);

    public sealed record ThingConnectivity(bool Connected, long? Timestamp, string? DisconnectReason);

    public sealed record ThingGroupDocument(
        string ThingGroupName,
        string ThingGroupId,
        string? ThingGroupDescription,
        IReadOnlyDictionary<string, string>? Attributes,
        IReadOnlyList<string>? ParentGroupNames);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var size = request.MaxResults ?? ResultsDefault;
        if (size > ResultsMax)
            return Task.FromResult<Result<Response>>(Errors.InvalidRequest($"maxResults is {size}; at most {ResultsMax} are given at a time."));
        if (!PageToken.TryRead(nameof(SearchIndex), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var name = request.IndexName ?? IndexNames.Things;
        return index.Ask<Response>(caller, name, request.QueryString, request.QueryVersion, view =>
        {
            var page = PageToken.Page(nameof(SearchIndex), view.Search(after[0], size + 1), size, found => found, found => [found.Name]);
            var connectivity = view.Schema.Find("connectivity.connected").IsOk;
            return name == IndexNames.Things
                ? new Response([.. page.Items.Select(found => Thing(found, connectivity))], null, page.NextToken)
                : new Response(null, [.. page.Items.Select(Group)], page.NextToken);
        }, ct);
    }

    private static ThingDocument Thing(IndexedDocument found, bool connectivity) => new(
        found.Name, found.Id, found.ThingType, found.Groups.Count == 0 ? null : found.Groups, found.Attributes.Count == 0 ? null : found.Attributes,
        connectivity ? new ThingConnectivity(found.Connected, found.ConnectivityTimestamp, found.DisconnectReason) : null);

    private static ThingGroupDocument Group(IndexedDocument found) => new(
        found.Name, found.Id, found.Description, found.Attributes.Count == 0 ? null : found.Attributes, found.Groups.Count == 0 ? null : found.Groups);
}
