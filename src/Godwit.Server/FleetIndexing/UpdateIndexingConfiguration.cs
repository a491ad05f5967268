using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.FleetIndexing;

/// <summary>UpdateIndexingConfiguration — POST /indexing/config. What is not given stays as it is.</summary>
public sealed class UpdateIndexingConfiguration(Database database, ConnectivityKeeper connectivity)
    : IOperation<UpdateIndexingConfiguration.Request, Nothing>
{
    /// <summary>AWS: an index has at most five custom fields.</summary>
    private const int CustomFieldsMax = 5;

    public sealed record Request
    {
        public ThingIndexingConfiguration? ThingIndexingConfiguration { get; init; }

        public ThingGroupIndexingConfiguration? ThingGroupIndexingConfiguration { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (Refuse(request) is { } refusal)
            return Task.FromResult<Result<Nothing>>(refusal);
        return database.Change<Nothing>(session =>
        {
            var old = IndexingConfiguration.Of(session, caller.Account);
            // Managed fields are the index's own; what a caller echoes of them changes nothing.
            var next = new IndexingConfiguration(
                request.ThingIndexingConfiguration is { } things ? things with { ManagedFields = null } : old.Things,
                request.ThingGroupIndexingConfiguration is { } groups ? groups with { ManagedFields = null } : old.Groups);
            if (Refuse(session, caller.Account, next) is { } refused)
                return refused;
            next.Keep(session, caller.Account);
            connectivity.Configured(session, caller, next.IndexesConnectivity);
            session.Record(new Fact(
                caller.Account, caller.Arn, nameof(UpdateIndexingConfiguration), "index", Modes(old), Modes(next)));
            return default(Nothing);
        }, ct);
    }

    private static ServiceError? Refuse(Request request)
    {
        if (request is { ThingIndexingConfiguration: null, ThingGroupIndexingConfiguration: null })
            return Errors.InvalidRequest("Neither thingIndexingConfiguration nor thingGroupIndexingConfiguration is given. Give what is to change.");
        if (request.ThingIndexingConfiguration is { } things)
        {
            if (things.ThingIndexingMode == "OFF" && things.ThingConnectivityIndexingMode == "STATUS")
                return Errors.InvalidRequest("thingConnectivityIndexingMode STATUS needs thingIndexingMode REGISTRY or REGISTRY_AND_SHADOW.");
            if (things.DeviceDefenderIndexingMode == "VIOLATIONS")
                return Errors.InvalidRequest("deviceDefenderIndexingMode VIOLATIONS is not possible: Device Defender is not part of Godwit. Leave it out, or give OFF.");
            if (things.Filter is { GeoLocations.Count: > 0 })
                return Errors.InvalidRequest("filter.geoLocations is not possible: places are read from shadows, which Godwit does not keep. Leave it out.");
        }
        return TooMany(request.ThingIndexingConfiguration?.CustomFields) ?? TooMany(request.ThingGroupIndexingConfiguration?.CustomFields);
    }

    private static ServiceError? TooMany(IReadOnlyList<IndexedField>? fields) => fields is { Count: > CustomFieldsMax }
        ? Errors.InvalidRequest($"customFields names {fields.Count} fields; an index has at most {CustomFieldsMax}.")
        : null;

    /// <summary>AWS: an index that dynamic groups are found by stays on.</summary>
    private static ServiceError? Refuse(ReadSession session, string account, IndexingConfiguration next)
    {
        foreach (var group in DynamicThingGroups.OfAccount(session, account))
        {
            if (!next.IndexesThings)
                return Errors.InvalidRequest($"thingIndexingMode cannot be OFF while there are dynamic thing groups, for example {group.GroupName}. Delete them first.");
            if (!next.IndexesConnectivity && group.QueryString.Contains("connectivity.", StringComparison.Ordinal))
                return Errors.InvalidRequest(
                    $"thingConnectivityIndexingMode cannot be OFF while dynamic thing group {group.GroupName} asks for connectivity. Delete it, or give it another query first.");
        }
        return null;
    }

    private static string Modes(IndexingConfiguration configuration) =>
        $"things {configuration.Things.ThingIndexingMode}, connectivity {configuration.Things.ThingConnectivityIndexingMode ?? "OFF"}, groups {configuration.Groups.ThingGroupIndexingMode}";
}
