using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;

namespace Godwit.Server.FleetIndexing;

/// <summary>What all searches and aggregations share: which index, is it on, what does the query say.</summary>
public sealed class FleetIndex(Database database)
{
    internal Task<Result<T>> Ask<T>(
        Caller caller, string? index, string query, string? version, Func<IIndexView, Result<T>> answer, CancellationToken ct) =>
        database.Read(session => Find(session, caller, index ?? IndexNames.Things, query, version).Then(answer), ct);

    /// <summary>The same where a field is aggregated over.</summary>
    internal Task<Result<T>> Aggregate<T>(
        Caller caller, string? index, string query, string? version, string? field, Func<IIndexView, IndexField, Result<T>> answer, CancellationToken ct) =>
        Ask(caller, index, query, version, view => FieldOf(view, index, field).Then(found => answer(view, found)), ct);

    /// <summary>Why a version of the query language is not spoken, or null.</summary>
    internal static ServiceError? RefuseVersion(string? version) => version is null or IndexNames.QueryVersion
        ? null
        : Errors.InvalidRequest($"queryVersion '{version}' is not known. Leave it out, or give {IndexNames.QueryVersion}.");

    private static Result<IIndexView> Find(ReadSession session, Caller caller, string index, string text, string? version)
    {
        if (RefuseVersion(version) is { } refusal)
            return refusal;
        var configuration = IndexingConfiguration.Of(session, caller.Account);
        switch (index)
        {
            case IndexNames.Things when configuration.IndexesThings:
                var things = configuration.ThingSchema;
                return IndexQueryReader.Read(text, things).Map<IIndexView>(query => new ThingIndexView(session, caller.Account, things, query));
            case IndexNames.ThingGroups when configuration.IndexesGroups:
                var groups = configuration.GroupSchema;
                return IndexQueryReader.Read(text, groups).Map<IIndexView>(query => new ThingGroupIndexView(session, caller.Account, groups, query));
            default:
                return Missing(index);
        }
    }

    internal static ServiceError Missing(string index) => index switch
    {
        IndexNames.Things => IndexErrors.IndexOff(index, "Set thingIndexingMode to REGISTRY with UpdateIndexingConfiguration."),
        IndexNames.ThingGroups => IndexErrors.IndexOff(index, "Set thingGroupIndexingMode to ON with UpdateIndexingConfiguration."),
        _ => IndexErrors.NoIndex(index),
    };

    /// <summary>AWS: without a field the version of each thing is aggregated.</summary>
    private static Result<IndexField> FieldOf(IIndexView view, string? index, string? field)
    {
        var found = view.Schema.Find(field ?? (index == IndexNames.ThingGroups ? "version" : "registry.version"));
        return found.IsOk ? found : IndexErrors.InvalidAggregation($"aggregationField: {found.Error.Message}");
    }
}
