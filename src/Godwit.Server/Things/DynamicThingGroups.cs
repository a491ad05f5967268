using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Things;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Things;

/// <summary>Groups whose members a query finds, as the registry keeps them; who finds the members is the fleet index's matter.</summary>
/// <param name="hooks">Not before they are all made: the fleet index has hooks of its own.</param>
public sealed class DynamicThingGroups(Lazy<RegistryHooks> hooks)
{
    private const string Columns = "group_name, group_id, region, query_string, query_version, index_name, description, attributes, version, build_status, created_at_ms";

    /// <summary>Whether an account has any: for what each change of a thing asks.</summary>
    public static bool Any(WriteSession session, string account) => session.FirstHot(
        "SELECT 1 FROM thing_group WHERE account = @account AND query_string IS NOT NULL LIMIT 1", row => row.GetInt64(0), ("@account", account)) == 1;

    /// <summary>The dynamic groups of an account, the oldest first.</summary>
    public static List<DynamicThingGroup> OfAccount(ReadSession session, string account) => session.Query<DynamicThingGroup>(
        $"SELECT {Columns} FROM thing_group WHERE account = @account AND query_string IS NOT NULL ORDER BY created_at_ms, group_name", new { account });

    /// <summary>Null for a group that is not there or is static.</summary>
    public static DynamicThingGroup? Find(ReadSession session, string account, string group) => session.First<DynamicThingGroup>(
        $"SELECT {Columns} FROM thing_group WHERE account = @account AND group_name = @group AND query_string IS NOT NULL", new { account, group });

    /// <summary>Groups of all accounts whose members are still to be found.</summary>
    public static List<(string Account, string Group)> ToBuild(ReadSession session) => session.Query<(string, string)>(
        "SELECT account, group_name FROM thing_group WHERE query_string IS NOT NULL AND build_status <> 0 ORDER BY account, created_at_ms");

    /// <summary>The dynamic groups that each of these things is in.</summary>
    public static ILookup<string, string> MembershipsOf(ReadSession session, string account, IReadOnlyCollection<string> things)
    {
        var (list, args) = NameList.Of(things, ("account", account));
        return session.Query<(string Thing, string Group)>(
            $"""
            SELECT m.thing_name, m.group_name FROM thing_group_member m JOIN thing_group g ON g.account = m.account AND g.group_name = m.group_name
            WHERE m.account = @account AND m.thing_name IN {list} AND g.query_string IS NOT NULL
            """,
            args).ToLookup(row => row.Thing, row => row.Group);
    }

    /// <summary>Has the members of all dynamic groups found anew.</summary>
    public static int RebuildAll(WriteSession session, string account) => session.Execute(
        "UPDATE thing_group SET build_status = @status WHERE account = @account AND query_string IS NOT NULL AND build_status = 0",
        new { account, status = (long)DynamicGroupStatus.Rebuilding });

    public static void SetStatus(WriteSession session, string account, string group, DynamicGroupStatus status) => session.Execute(
        "UPDATE thing_group SET build_status = @status WHERE account = @account AND group_name = @group", new { account, group, status = (long)status });

    /// <summary>Puts a thing into a dynamic group, in the name of whoever changed what its query asks.</summary>
    public void Join(WriteSession session, Caller caller, string group, string thing)
    {
        ThingGroupStore.AddMember(session, caller.Account, group, thing);
        session.Record(new Fact(caller.Account, caller.Arn, "JoinDynamicThingGroup", "thing/" + thing, null, "thinggroup/" + group, "its query finds the thing", thing));
        hooks.Value.Joined(session, caller, group, thing);
    }

    public void Leave(WriteSession session, Caller caller, string group, string thing)
    {
        if (!ThingGroupStore.RemoveMember(session, caller.Account, group, thing))
            return;
        session.Record(new Fact(
            caller.Account, caller.Arn, "LeaveDynamicThingGroup", "thing/" + thing, "thinggroup/" + group, null, "its query finds the thing no more, or older groups go before", thing));
        hooks.Value.Left(session, caller, group, thing);
    }

    /// <summary>The group that was made, or, where the very same is there, that one.</summary>
    public Result<DynamicThingGroup> Create(WriteSession session, Caller caller, DynamicThingGroup given, ThingGroupProperties? properties, IReadOnlyList<Tag>? tags)
    {
        var attributes = RegistryAttributes.Apply(new Dictionary<string, string>(), properties?.AttributePayload?.Attributes, merge: false);
        if (RegistryAttributes.RefuseForGroup(attributes) is { } refusal)
            return refusal;
        var (name, text) = (given.GroupName, AttributeText.Of(attributes));
        if (ThingGroupStore.Find(session, caller.Account, name) is { } existing)
            return existing.QueryString == given.QueryString && existing.Description == properties?.ThingGroupDescription && existing.Attributes == text
                ? Find(session, caller.Account, name)!
                : ThingErrors.GroupExists(name, existing.GroupId, caller.IotArn("thinggroup/" + name));
        ThingGroupStore.Insert(session, caller.Account, new ThingGroupRow
        {
            GroupName = name,
            GroupId = given.GroupId,
            Root = name,
            Depth = 1,
            Description = properties?.ThingGroupDescription,
            Attributes = text,
            Version = 1,
            CreatedAtMs = session.NowMs,
        });
        SetQuery(session, caller.Account, given with { Region = caller.Region }, DynamicGroupStatus.Building);
        session.Record(new Fact(caller.Account, caller.Arn, "CreateDynamicThingGroup", "thinggroup/" + name, null, given.QueryString));
        hooks.Value.GroupChanged(session, caller, name, RegistryChange.Created);
        return ResourceTags.Put(session, caller.Account, "thinggroup/" + name, tags).Map(_ => Find(session, caller.Account, name)!);
    }

    public Result<DynamicThingGroup> Update(
        WriteSession session, Caller caller, DynamicThingGroup old, DynamicThingGroup next, ThingGroupProperties properties, long? expectedVersion)
    {
        if (expectedVersion is { } expected && expected != old.Version)
            return ThingErrors.Version("thing group " + old.GroupName, expected, old.Version);
        var attributes = RegistryAttributes.Apply(
            AttributeText.Read(old.Attributes), properties.AttributePayload?.Attributes, properties.AttributePayload?.Merge ?? false);
        if (RegistryAttributes.RefuseForGroup(attributes) is { } refusal)
            return refusal;
        var row = ThingGroupStore.Find(session, caller.Account, old.GroupName)!;
        ThingGroupStore.Update(session, caller.Account, row with
        {
            Description = properties.ThingGroupDescription ?? row.Description, Attributes = AttributeText.Of(attributes), Version = row.Version + 1,
        });
        if (next.QueryString != old.QueryString)
            SetQuery(session, caller.Account, next, DynamicGroupStatus.Rebuilding);
        session.Record(new Fact(caller.Account, caller.Arn, "UpdateDynamicThingGroup", "thinggroup/" + old.GroupName, old.QueryString, next.QueryString));
        hooks.Value.GroupChanged(session, caller, old.GroupName, RegistryChange.Updated);
        return Find(session, caller.Account, old.GroupName)!;
    }

    public Result<Nothing> Delete(WriteSession session, Caller caller, string group, long? expectedVersion)
    {
        if (ThingGroupStore.Find(session, caller.Account, group) is not { } row)
            return default(Nothing);
        if (row.QueryString is null)
            return Errors.InvalidRequest($"Thing group {group} is static. Delete it with DeleteThingGroup.");
        if (expectedVersion is { } expected && expected != row.Version)
            return ThingErrors.Version("thing group " + group, expected, row.Version);
        hooks.Value.GroupDeleted(session, caller, group);
        ThingGroupStore.Delete(session, caller.Account, group);
        ResourceTags.Clear(session, caller.Account, "thinggroup/" + group);
        session.Record(new Fact(caller.Account, caller.Arn, "DeleteDynamicThingGroup", "thinggroup/" + group, row.QueryString, null));
        return default(Nothing);
    }

    private static void SetQuery(WriteSession session, string account, DynamicThingGroup group, DynamicGroupStatus status) => session.Execute(
        """
        UPDATE thing_group SET query_string = @QueryString, query_version = @QueryVersion, index_name = @IndexName, region = @Region, build_status = @status
        WHERE account = @account AND group_name = @GroupName
        """,
        new { account, group.GroupName, group.QueryString, group.QueryVersion, group.IndexName, group.Region, status = (long)status });
}

/// <summary>A group whose members a query finds.</summary>
public sealed record DynamicThingGroup
{
    public string GroupName { get; init; } = "";

    public string GroupId { get; init; } = "";

    public string Region { get; init; } = "";

    public string QueryString { get; init; } = "";

    public string QueryVersion { get; init; } = "";

    public string IndexName { get; init; } = "";

    public string? Description { get; init; }

    public string Attributes { get; init; } = "{}";

    public long Version { get; init; }

    public long BuildStatus { get; init; }

    public long CreatedAtMs { get; init; }
}

/// <summary>How far a dynamic group's members have been found; the numbers are the database's.</summary>
public enum DynamicGroupStatus
{
    Active = 0,
    Building = 1,
    Rebuilding = 2,
}
