using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.FleetIndexing;

/// <summary>GetIndexingConfiguration — GET /indexing/config, with the fields that an index has by itself.</summary>
public sealed class GetIndexingConfiguration(Database database) : IOperation<Nothing, GetIndexingConfiguration.Response>
{
    private static readonly IReadOnlyList<IndexedField> OfThings =
    [
        Field("thingName", "String"), Field("thingId", "String"), Field("registry.thingTypeName", "String"), Field("registry.thingGroupNames", "String"),
        Field("registry.version", "Number"),
    ];

    private static readonly IReadOnlyList<IndexedField> OfConnectivity =
        [Field("connectivity.connected", "Boolean"), Field("connectivity.timestamp", "Number"), Field("connectivity.disconnectReason", "String")];

    private static readonly IReadOnlyList<IndexedField> OfGroups =
    [
        Field("thingGroupName", "String"), Field("thingGroupId", "String"), Field("description", "String"), Field("parentGroupNames", "String"),
        Field("version", "Number"),
    ];

    public sealed record Response(ThingIndexingConfiguration ThingIndexingConfiguration, ThingGroupIndexingConfiguration ThingGroupIndexingConfiguration);

    public async Task<Result<Response>> Handle(Caller caller, Nothing request, CancellationToken ct)
    {
        var configuration = await database.Read(session => IndexingConfiguration.Of(session, caller.Account), ct);
        var (things, groups) = (configuration.Things, configuration.Groups);
        return new Response(
            things with { ManagedFields = configuration.IndexesThings ? [.. OfThings, .. configuration.IndexesConnectivity ? OfConnectivity : []] : null },
            groups with { ManagedFields = configuration.IndexesGroups ? OfGroups : null });
    }

    private static IndexedField Field(string name, string type) => new() { Name = name, Type = type };
}
