using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>DeprecateThingType — POST /thing-types/{thingTypeName}/deprecate. No new thing takes a deprecated type; undoDeprecate takes it back.</summary>
public sealed class DeprecateThingType(Database database, RegistryHooks hooks) : IOperation<DeprecateThingType.Request, Nothing>
{
    public sealed record Request
    {
        public required string ThingTypeName { get; init; }

        public bool? UndoDeprecate { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        var row = ThingTypeStore.Find(session, caller.Account, request.ThingTypeName);
        if (row is null)
            return ThingErrors.NoType(request.ThingTypeName);
        var (was, undo) = (row.DeprecatedAtMs is not null, request.UndoDeprecate is true);
        // Deprecating twice keeps the first date, from which the wait before deletion counts.
        if (was != undo)
            return default(Nothing);
        session.Execute(
            "UPDATE thing_type SET deprecated_at_ms = @DeprecatedAtMs WHERE account = @Account AND thing_type_name = @ThingTypeName",
            new { caller.Account, row.ThingTypeName, DeprecatedAtMs = undo ? (long?)null : session.NowMs });
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(DeprecateThingType), "thingtype/" + row.ThingTypeName,
            was ? "deprecated" : "active", undo ? "active" : "deprecated"));
        hooks.TypeChanged(session, caller, row.ThingTypeName, RegistryChange.Updated);
        return default(Nothing);
    }, ct);
}
