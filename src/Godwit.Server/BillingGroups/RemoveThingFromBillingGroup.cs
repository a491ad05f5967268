using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.BillingGroups;

/// <summary>RemoveThingFromBillingGroup — PUT /billing-groups/removeThingFromBillingGroup. A thing that is not in the group has left already.</summary>
public sealed class RemoveThingFromBillingGroup(Database database) : IOperation<RemoveThingFromBillingGroup.Request, Nothing>
{
    public sealed record Request
    {
        public string? BillingGroupName { get; init; }

        public string? BillingGroupArn { get; init; }

        public string? ThingName { get; init; }

        public string? ThingArn { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var group = GroupMembers.NameOf(caller, request.BillingGroupName, request.BillingGroupArn, "billinggroup", "billingGroup");
        var thing = GroupMembers.NameOf(caller, request.ThingName, request.ThingArn, "thing", "thing");
        if ((group.Error ?? thing.Error) is { } refusal)
            return Task.FromResult<Result<Nothing>>(refusal);
        return database.Change(session => Remove(session, caller, group.Value, thing.Value), ct);
    }

    private static Result<Nothing> Remove(WriteSession session, Caller caller, string group, string thing)
    {
        if (!BillingGroupStore.Exists(session, caller.Account, group))
            return BillingGroupStore.NotFound(group);
        if (!Membership.ThingExists(session, caller.Account, thing))
            return Errors.ResourceNotFound($"Thing {thing} cannot be found.");
        if (BillingGroupStore.OfThing(session, caller.Account, thing) != group)
            return default(Nothing);
        BillingGroupStore.Move(session, caller.Account, thing, null);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(RemoveThingFromBillingGroup), "thing/" + thing, "billinggroup/" + group, null, Thing: thing));
        return default(Nothing);
    }
}
