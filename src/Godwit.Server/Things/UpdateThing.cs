using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Things;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>UpdateThing — PATCH /things/{thingName}</summary>
public sealed class UpdateThing(Database database, RegistryHooks hooks) : IOperation<UpdateThing.Request, Nothing>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public string? ThingTypeName { get; init; }

        public AttributePayload? AttributePayload { get; init; }

        public long? ExpectedVersion { get; init; }

        public bool? RemoveThingType { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request is { RemoveThingType: true, ThingTypeName: { } type })
            return Task.FromResult<Result<Nothing>>(Errors.InvalidRequest(
                $"removeThingType and thingTypeName '{type}' cannot be given together. Remove the type, or name another."));
        return database.Change(session => Update(session, caller, request), ct);
    }

    private Result<Nothing> Update(WriteSession session, Caller caller, Request request)
    {
        var old = ThingStore.Find(session, caller.Account, request.ThingName);
        if (old is null)
            return ThingErrors.NoThing(request.ThingName);
        if (request.ExpectedVersion is { } expected && expected != old.Version)
            return ThingErrors.Version("thing " + old.ThingName, expected, old.Version);
        var type = request.RemoveThingType is true ? null : request.ThingTypeName ?? old.ThingTypeName;
        if (type != old.ThingTypeName && ThingTypeStore.RefuseForThing(session, caller.Account, type) is { } typeRefusal)
            return typeRefusal;
        var attributes = RegistryAttributes.Apply(
            AttributeText.Read(old.Attributes), request.AttributePayload?.Attributes, request.AttributePayload?.Merge ?? false);
        if (RegistryAttributes.RefuseForThing(attributes, type) is { } refusal)
            return refusal;

        var row = old with { ThingTypeName = type, Attributes = AttributeText.Of(attributes), Version = old.Version + 1 };
        var attributesChanged = row.Attributes != old.Attributes;
        if (attributesChanged)
            ThingStore.Unindex(session, caller.Account, old);
        ThingStore.Update(session, caller.Account, row, attributesChanged);
        if (attributesChanged || type != old.ThingTypeName)
            hooks.ThingChanged(session, caller, row.ThingName);
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(UpdateThing), "thing/" + row.ThingName, old.Attributes, row.Attributes,
            type == old.ThingTypeName ? null : $"type {old.ThingTypeName ?? "none"} to {type ?? "none"}", row.ThingName));
        hooks.ThingUpdated(session, caller, row.ThingName, old.ThingTypeName);
        return default(Nothing);
    }
}
