using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>DeleteThing — DELETE /things/{thingName}. A thing that is not there is deleted already.</summary>
public sealed class DeleteThing(Database database, RegistryHooks hooks) : IOperation<DeleteThing.Request, Nothing>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public long? ExpectedVersion { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        var row = ThingStore.Find(session, caller.Account, request.ThingName);
        if (row is null)
            return default(Nothing);
        if (request.ExpectedVersion is { } expected && expected != row.Version)
            return ThingErrors.Version("thing " + row.ThingName, expected, row.Version);
        if (hooks.KeepsThing(session, caller, row.ThingName) is { } refusal)
            return refusal;
        hooks.ThingDeleted(session, caller, row.ThingName);
        ThingStore.Delete(session, caller.Account, row);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteThing), "thing/" + row.ThingName, row.Attributes, null, Thing: row.ThingName));
        return default(Nothing);
    }, ct);
}
