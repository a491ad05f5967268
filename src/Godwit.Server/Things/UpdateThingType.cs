using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>UpdateThingType — PATCH /thing-types/{thingTypeName}. Members that are not given stay as they are.</summary>
public sealed class UpdateThingType(Database database, RegistryHooks hooks) : IOperation<UpdateThingType.Request, Nothing>
{
    public sealed record Request
    {
        public required string ThingTypeName { get; init; }

        public ThingTypeProperties? ThingTypeProperties { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        var row = ThingTypeStore.Find(session, caller.Account, request.ThingTypeName);
        if (row is null)
            return ThingErrors.NoType(request.ThingTypeName);
        var (old, given) = (row.ReadProperties(), request.ThingTypeProperties ?? new ThingTypeProperties());
        var next = new ThingTypeProperties
        {
            ThingTypeDescription = given.ThingTypeDescription ?? old.ThingTypeDescription,
            SearchableAttributes = given.SearchableAttributes ?? old.SearchableAttributes,
            Mqtt5Configuration = given.Mqtt5Configuration ?? old.Mqtt5Configuration,
        };
        if (next.Refuse() is { } refusal)
            return refusal;
        session.Execute(
            "UPDATE thing_type SET properties = @Text WHERE account = @Account AND thing_type_name = @ThingTypeName",
            new { caller.Account, row.ThingTypeName, Text = next.ToText() });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(UpdateThingType), "thingtype/" + row.ThingTypeName, row.Properties, next.ToText()));
        hooks.TypeChanged(session, caller, row.ThingTypeName, RegistryChange.Updated);
        return default(Nothing);
    }, ct);
}
