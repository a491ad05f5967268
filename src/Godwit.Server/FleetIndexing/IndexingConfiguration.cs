using System.Text.Json;
using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;

namespace Godwit.Server.FleetIndexing;

/// <summary>What is indexed of things, as requests carry it and answers echo it.</summary>
public sealed record ThingIndexingConfiguration
{
    public required string ThingIndexingMode { get; init; }

    public string? ThingConnectivityIndexingMode { get; init; }

    public string? DeviceDefenderIndexingMode { get; init; }

    public string? NamedShadowIndexingMode { get; init; }

    public IReadOnlyList<IndexedField>? ManagedFields { get; init; }

    public IReadOnlyList<IndexedField>? CustomFields { get; init; }

    public IndexingFilter? Filter { get; init; }
}

public sealed record ThingGroupIndexingConfiguration
{
    public required string ThingGroupIndexingMode { get; init; }

    public IReadOnlyList<IndexedField>? ManagedFields { get; init; }

    public IReadOnlyList<IndexedField>? CustomFields { get; init; }
}

public sealed record IndexedField
{
    public string? Name { get; init; }

    /// <summary>Number, String or Boolean.</summary>
    public string? Type { get; init; }
}

public sealed record IndexingFilter
{
    public IReadOnlyList<string>? NamedShadowNames { get; init; }

    public IReadOnlyList<GeoLocationTarget>? GeoLocations { get; init; }

    public ConnectivityFilter? Connectivity { get; init; }
}

public sealed record ConnectivityFilter
{
    public IReadOnlyList<string>? IncludeSocketInformation { get; init; }
}

public sealed record GeoLocationTarget
{
    public string? Name { get; init; }

    public string? Order { get; init; }
}

/// <summary>The configuration of an account; off until it is set.</summary>
internal sealed record IndexingConfiguration(ThingIndexingConfiguration Things, ThingGroupIndexingConfiguration Groups)
{
    private static readonly IndexingConfiguration Off = new(
        new ThingIndexingConfiguration { ThingIndexingMode = "OFF", ThingConnectivityIndexingMode = "OFF" },
        new ThingGroupIndexingConfiguration { ThingGroupIndexingMode = "OFF" });

    public bool IndexesThings => Things.ThingIndexingMode != "OFF";

    public bool IndexesConnectivity => Things.ThingConnectivityIndexingMode == "STATUS";

    public bool IndexesShadows => Things.ThingIndexingMode == "REGISTRY_AND_SHADOW";

    public bool IndexesGroups => Groups.ThingGroupIndexingMode == "ON";

    public IndexSchema ThingSchema => IndexSchema.Things(IndexesConnectivity, IndexesShadows, Types(Things.CustomFields));

    public IndexSchema GroupSchema => IndexSchema.ThingGroups(Types(Groups.CustomFields));

    public static IndexingConfiguration Of(ReadSession session, string account) =>
        session.First<Row>("SELECT thing_configuration, group_configuration FROM indexing_configuration WHERE account = @account", new { account }) is not { } row
            ? Off
            : new IndexingConfiguration(
                row.ThingConfiguration is { } things ? JsonSerializer.Deserialize<ThingIndexingConfiguration>(things)! : Off.Things,
                row.GroupConfiguration is { } groups ? JsonSerializer.Deserialize<ThingGroupIndexingConfiguration>(groups)! : Off.Groups);

    public void Keep(WriteSession session, string account) => session.Execute(
        """
        INSERT INTO indexing_configuration (account, thing_mode, connectivity_mode, group_mode, thing_configuration, group_configuration)
        VALUES (@account, @thingMode, @connectivityMode, @groupMode, @things, @groups)
        ON CONFLICT (account) DO UPDATE SET thing_mode = excluded.thing_mode, connectivity_mode = excluded.connectivity_mode, group_mode = excluded.group_mode,
          thing_configuration = excluded.thing_configuration, group_configuration = excluded.group_configuration
        """,
        new
        {
            account,
            thingMode = Things.ThingIndexingMode,
            connectivityMode = Things.ThingConnectivityIndexingMode ?? "OFF",
            groupMode = Groups.ThingGroupIndexingMode,
            things = JsonSerializer.Serialize(Things),
            groups = JsonSerializer.Serialize(Groups),
        });

    private static Dictionary<string, IndexFieldType> Types(IReadOnlyList<IndexedField>? fields) => (fields ?? [])
        .Where(field => field.Name is not null)
        .GroupBy(field => field.Name!)
        .ToDictionary(
            named => named.Key,
            named => named.First().Type switch
            {
                "Number" => IndexFieldType.Number,
                "Boolean" => IndexFieldType.Boolean,
                "String" => IndexFieldType.Text,
                _ => IndexFieldType.Any,
            });

    private sealed record Row
    {
        public string? ThingConfiguration { get; init; }

        public string? GroupConfiguration { get; init; }
    }
}
