using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>AddThingToThingGroup — PUT /thing-groups/addThingToThingGroup. A member added again is no event.</summary>
public sealed class AddThingToThingGroup(Database database, RegistryHooks hooks) : IOperation<AddThingToThingGroup.Request, Nothing>
{
    public sealed record Request
    {
        public string? ThingGroupName { get; init; }

        public string? ThingGroupArn { get; init; }

        public string? ThingName { get; init; }

        public string? ThingArn { get; init; }

        public bool? OverrideDynamicGroups { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var group = GroupMembers.NameOf(caller, request.ThingGroupName, request.ThingGroupArn, "thinggroup", "thingGroup");
        var thing = GroupMembers.NameOf(caller, request.ThingName, request.ThingArn, "thing", "thing");
        if ((group.Error ?? thing.Error) is { } refusal)
            return Task.FromResult<Result<Nothing>>(refusal);
        return database.Change(session => Join(session, caller, group.Value, thing.Value, request.OverrideDynamicGroups is true), ct);
    }

    private Result<Nothing> Join(WriteSession session, Caller caller, string group, string thing, bool overrideDynamic)
    {
        if (!Membership.ThingExists(session, caller.Account, thing))
            return ThingErrors.NoThing(thing);
        var done = GroupMembers.Join(session, caller, hooks, group, thing, overrideDynamic);
        if (done is { IsOk: true, Value: true })
            session.Record(new Fact(
                caller.Account, caller.Arn, nameof(AddThingToThingGroup), "thing/" + thing, null, "thinggroup/" + group, Thing: thing));
        return done.Map(_ => default(Nothing));
    }
}
