using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.BillingGroups;

/// <summary>AddThingToBillingGroup — PUT /billing-groups/addThingToBillingGroup. A thing is in one billing group at most.</summary>
public sealed class AddThingToBillingGroup(Database database) : IOperation<AddThingToBillingGroup.Request, Nothing>
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
        return database.Change(session => Add(session, caller, group.Value, thing.Value), ct);
    }

    private static Result<Nothing> Add(WriteSession session, Caller caller, string group, string thing)
    {
        if (!BillingGroupStore.Exists(session, caller.Account, group))
            return BillingGroupStore.NotFound(group);
        if (!Membership.ThingExists(session, caller.Account, thing))
            return Errors.ResourceNotFound($"Thing {thing} cannot be found.");
        var present = BillingGroupStore.OfThing(session, caller.Account, thing);
        if (present == group)
            return default(Nothing);
        if (present is not null)
            return Errors.InvalidRequest($"Thing {thing} is already in billing group {present}. Remove it from there first.");
        BillingGroupStore.Move(session, caller.Account, thing, group);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(AddThingToBillingGroup), "thing/" + thing, null, "billinggroup/" + group, Thing: thing));
        return default(Nothing);
    }
}
