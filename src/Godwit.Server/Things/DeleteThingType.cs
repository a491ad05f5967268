using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Things;

/// <summary>DeleteThingType — DELETE /thing-types/{thingTypeName}, five minutes after its deprecation and when no thing has it.</summary>
public sealed class DeleteThingType(Database database, RegistryHooks hooks) : IOperation<DeleteThingType.Request, Nothing>
{
    /// <summary>AWS: a deprecated type waits so long.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(5);

    public sealed record Request
    {
        public required string ThingTypeName { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        var (account, type) = (caller.Account, request.ThingTypeName);
        var row = ThingTypeStore.Find(session, account, type);
        if (row is null)
            return ThingErrors.NoType(type);
        if (row.DeprecatedAtMs is null)
            return Errors.InvalidRequest($"Cannot delete thing type : {type}. Deprecate it first with DeprecateThingType.");
        if (session.NowMs - row.DeprecatedAtMs < Wait.TotalMilliseconds)
            return Errors.InvalidRequest($"Cannot delete thing type : {type}. Please wait for 5 minutes after deprecation and then retry");
        if (session.First<string>("SELECT thing_name FROM thing WHERE account = @account AND thing_type_name = @type LIMIT 1", new { account, type }) is { } thing)
            return Errors.InvalidRequest($"Cannot delete thing type : {type}. Thing {thing} still has it; give it another type or none with UpdateThing.");
        hooks.TypeChanged(session, caller, type, RegistryChange.Deleted);
        session.Execute("DELETE FROM thing_type WHERE account = @account AND thing_type_name = @type", new { account, type });
        ResourceTags.Clear(session, account, "thingtype/" + type);
        session.Record(new Fact(account, caller.Arn, nameof(DeleteThingType), "thingtype/" + type, row.Properties, null));
        return default(Nothing);
    }, ct);
}
