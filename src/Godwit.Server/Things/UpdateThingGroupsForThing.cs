using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>UpdateThingGroupsForThing — PUT /thing-groups/updateThingGroupsForThing. All or nothing; leaves come before joins, so a thing can move within a hierarchy.</summary>
public sealed class UpdateThingGroupsForThing(Database database, RegistryHooks hooks) : IOperation<UpdateThingGroupsForThing.Request, Nothing>
{
    public sealed record Request
    {
        public string? ThingName { get; init; }

        public IReadOnlyList<string>? ThingGroupsToAdd { get; init; }

        public IReadOnlyList<string>? ThingGroupsToRemove { get; init; }

        public bool? OverrideDynamicGroups { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        request.ThingName is { } thing
            ? database.Change(session => Update(session, caller, thing, request), ct)
            : Task.FromResult<Result<Nothing>>(Errors.InvalidRequest("thingName is not given. Name the thing whose groups change."));

    private Result<Nothing> Update(WriteSession session, Caller caller, string thing, Request request)
    {
        if (!Membership.ThingExists(session, caller.Account, thing))
            return ThingErrors.NoThing(thing);
        var (joined, left) = (new List<string>(), new List<string>());
        foreach (var group in request.ThingGroupsToRemove ?? [])
        {
            var done = GroupMembers.Leave(session, caller, hooks, group, thing);
            if (!done.IsOk)
                return done.Error;
            if (done.Value)
                left.Add(group);
        }
        foreach (var group in request.ThingGroupsToAdd ?? [])
        {
            var done = GroupMembers.Join(session, caller, hooks, group, thing, request.OverrideDynamicGroups is true);
            if (!done.IsOk)
                return done.Error;
            if (done.Value)
                joined.Add(group);
        }
        if (joined.Count + left.Count > 0)
            session.Record(new Fact(
                caller.Account, caller.Arn, nameof(UpdateThingGroupsForThing), "thing/" + thing, Text(left), Text(joined), Thing: thing));
        return default(Nothing);
    }

    private static string? Text(List<string> groups) => groups.Count == 0 ? null : string.Join(' ', groups.Select(group => "thinggroup/" + group));
}
