using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Things;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>UpdateThingGroup — PATCH /thing-groups/{thingGroupName}. A description or attributes that are not given stay as they are.</summary>
public sealed class UpdateThingGroup(Database database, RegistryHooks hooks) : IOperation<UpdateThingGroup.Request, UpdateThingGroup.Response>
{
    public sealed record Request
    {
        public required string ThingGroupName { get; init; }

        public required ThingGroupProperties ThingGroupProperties { get; init; }

        public long? ExpectedVersion { get; init; }
    }

    public sealed record Response(long Version);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Response>(session =>
    {
        if (ThingGroupStore.Find(session, caller.Account, request.ThingGroupName) is not { } old)
            return ThingErrors.NoGroup(request.ThingGroupName);
        if (old.QueryString is not null)
            return ThingErrors.DynamicGroup(old.GroupName, "Change it with UpdateDynamicThingGroup.");
        if (request.ExpectedVersion is { } expected && expected != old.Version)
            return ThingErrors.Version("thing group " + old.GroupName, expected, old.Version);
        var given = request.ThingGroupProperties;
        var attributes = RegistryAttributes.Apply(
            AttributeText.Read(old.Attributes), given.AttributePayload?.Attributes, given.AttributePayload?.Merge ?? false);
        if (RegistryAttributes.RefuseForGroup(attributes) is { } refusal)
            return refusal;
        var row = old with
        {
            Description = given.ThingGroupDescription ?? old.Description,
            Attributes = AttributeText.Of(attributes),
            Version = old.Version + 1,
        };
        ThingGroupStore.Update(session, caller.Account, row);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(UpdateThingGroup), "thinggroup/" + row.GroupName, old.Attributes, row.Attributes));
        hooks.GroupChanged(session, caller, row.GroupName, RegistryChange.Updated);
        return new Response(row.Version);
    }, ct);
}
