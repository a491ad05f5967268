using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;

namespace Godwit.Server.FleetIndexing;

/// <summary>DescribeIndex — GET /indices/{indexName}. An index is read from the registry itself, so it is ACTIVE as soon as it is on.</summary>
public sealed class DescribeIndex(Database database) : IOperation<DescribeIndex.Request, DescribeIndex.Response>
{
    public sealed record Request
    {
        public required string IndexName { get; init; }
    }

    public sealed record Response(string IndexName, string IndexStatus, string Schema);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var configuration = await database.Read(session => IndexingConfiguration.Of(session, caller.Account), ct);
        return request.IndexName switch
        {
            IndexNames.Things when configuration.IndexesThings => new Response(request.IndexName, "ACTIVE", SchemaOf(configuration)),
            IndexNames.ThingGroups when configuration.IndexesGroups => new Response(request.IndexName, "ACTIVE", "THING_GROUPS"),
            var index => FleetIndex.Missing(index),
        };
    }

    private static string SchemaOf(IndexingConfiguration configuration) => configuration switch
    {
        { Things.NamedShadowIndexingMode: "ON" } => "MULTI_INDEXING_MODE",
        { IndexesShadows: true, IndexesConnectivity: true } => "REGISTRY_AND_SHADOW_AND_CONNECTIVITY_STATUS",
        { IndexesShadows: true } => "REGISTRY_AND_SHADOW",
        { IndexesConnectivity: true } => "REGISTRY_AND_CONNECTIVITY_STATUS",
        _ => "REGISTRY",
    };
}
