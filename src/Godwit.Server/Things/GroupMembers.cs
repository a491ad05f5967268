using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>Joins and leaves, shared by the operations that name one group and the one that names many.</summary>
internal static class GroupMembers
{
    /// <summary>AWS: a thing is in at most ten groups.</summary>
    private const int GroupsMax = 10;

    /// <summary>The name that a request means by name, ARN or both.</summary>
    public static Result<string> NameOf(Caller caller, string? name, string? arn, string type, string member)
    {
        var named = arn is null ? null : Arn.Parse(arn);
        if (arn is not null && (named is not { Service: "iot" } || named.ResourceType != type || named.Account != caller.Account))
            return Errors.InvalidRequest($"{member}Arn '{arn}' is no ARN of a {type} of this account. Expected arn:aws:iot:REGION:{caller.Account}:{type}/NAME.");
        if (name is not null && named is not null && name != named.ResourceName)
            return Errors.InvalidRequest($"{member}Name '{name}' and {member}Arn '{arn}' do not match. Give one of them.");
        return (name ?? named?.ResourceName) is { } found
            ? found
            : Errors.InvalidRequest($"Neither {member}Name nor {member}Arn is given. Give one of them.");
    }

    /// <summary>Puts a thing into a group; true if it was not there before.</summary>
    public static Result<bool> Join(WriteSession session, Caller caller, RegistryHooks hooks, string group, string thing, bool overrideDynamic = false)
    {
        if (ThingGroupStore.Find(session, caller.Account, group) is not { } row)
            return ThingErrors.NoGroup(group);
        if (row.QueryString is not null)
            return ThingErrors.DynamicGroup(group, "Change the thing so that the query finds it, or add it to a static group.");
        var groups = ThingGroupStore.GroupsOf(session, caller.Account, thing);
        if (groups.Exists(member => member.GroupName == group))
            return false;
        // AWS: never twice in one hierarchy, so a parent's members are each counted once.
        if (groups.Find(member => member.Root == row.Root) is { } relative)
            return Errors.InvalidRequest(
                $"Thing {thing} is already in thing group {relative.GroupName} of the same hierarchy as {group}. Remove it from there first.");
        // Asked to override, the thing leaves its newest dynamic group instead: the fleet index sees to that when it hears of the join.
        if (groups.Count(member => !overrideDynamic || !member.IsDynamic) >= GroupsMax)
            return Errors.InvalidRequest($"Thing {thing} is already in {GroupsMax} thing groups, the most there may be. Remove it from one first.");
        ThingGroupStore.AddMember(session, caller.Account, group, thing);
        hooks.Joined(session, caller, group, thing);
        return true;
    }

    /// <summary>Takes a thing out of a group; true if it was there.</summary>
    public static Result<bool> Leave(WriteSession session, Caller caller, RegistryHooks hooks, string group, string thing)
    {
        if (ThingGroupStore.Find(session, caller.Account, group) is not { } row)
            return ThingErrors.NoGroup(group);
        if (row.QueryString is not null)
            return ThingErrors.DynamicGroup(group, "Change the thing so that the query no longer finds it.");
        if (!ThingGroupStore.RemoveMember(session, caller.Account, group, thing))
            return false;
        hooks.Left(session, caller, group, thing);
        return true;
    }
}
