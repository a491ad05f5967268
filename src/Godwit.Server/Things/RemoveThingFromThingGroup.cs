using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>RemoveThingFromThingGroup — PUT /thing-groups/removeThingFromThingGroup. A thing that is not in the group has left already.</summary>
public sealed class RemoveThingFromThingGroup(Database database, RegistryHooks hooks) : IOperation<RemoveThingFromThingGroup.Request, Nothing>
{
    public sealed record Request
    {
        public string? ThingGroupName { get; init; }

        public string? ThingGroupArn { get; init; }

        public string? ThingName { get; init; }

        public string? ThingArn { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var group = GroupMembers.NameOf(caller, request.ThingGroupName, request.ThingGroupArn, "thinggroup", "thingGroup");
        var thing = GroupMembers.NameOf(caller, request.ThingName, request.ThingArn, "thing", "thing");
        if ((group.Error ?? thing.Error) is { } refusal)
            return Task.FromResult<Result<Nothing>>(refusal);
        return database.Change(session => Leave(session, caller, group.Value, thing.Value), ct);
    }

    private Result<Nothing> Leave(WriteSession session, Caller caller, string group, string thing)
    {
        if (!Membership.ThingExists(session, caller.Account, thing))
            return ThingErrors.NoThing(thing);
        var done = GroupMembers.Leave(session, caller, hooks, group, thing);
        if (done is { IsOk: true, Value: true })
            session.Record(new Fact(
                caller.Account, caller.Arn, nameof(RemoveThingFromThingGroup), "thing/" + thing, "thinggroup/" + group, null, Thing: thing));
        return done.Map(_ => default(Nothing));
    }
}
