using Godwit.Core;
using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;

namespace Godwit.Server.FleetIndexing;

/// <summary>What the query of a dynamic group must be.</summary>
internal static class DynamicGroupRules
{
    public static ServiceError? Refuse(ReadSession session, string account, string? index, string query, string? version)
    {
        if (index is not (null or IndexNames.Things))
            return Errors.InvalidRequest($"indexName '{index}' cannot be used: dynamic thing groups are found in {IndexNames.Things}. Leave it out.");
        if (FleetIndex.RefuseVersion(version) is { } refusal)
            return refusal;
        var configuration = IndexingConfiguration.Of(session, account);
        if (!configuration.IndexesThings)
            return Errors.InvalidRequest("Dynamic thing groups need fleet indexing, which is off. Set thingIndexingMode to REGISTRY with UpdateIndexingConfiguration.");
        var read = IndexQueryReader.Read(query, configuration.ThingSchema);
        if (!read.IsOk)
            return read.Error;
        // AWS: the version is returned, not searched; each update of a thing changes it, whatever it was about.
        return read.Value.Fields.Any(field => field.Kind == IndexFieldKind.Version)
            ? IndexErrors.InvalidQuery("registry.version cannot be asked for by a dynamic thing group. Ask for what makes the version change, for example an attribute.")
            : null;
    }
}
