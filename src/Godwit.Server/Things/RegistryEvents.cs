using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Godwit.Core.Access;
using Godwit.Server.Events;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>The events of things, their types and groups. AWS: IoT events > Registry events. Their times are in milliseconds.</summary>
public sealed class RegistryEvents(EventPublisher events)
{
    private const string Added = "ADDED", Removed = "REMOVED", Created = "CREATED", Deleted = "DELETED";

    internal RegistryHook Hook => new()
    {
        ThingCreated = (session, caller, thing) => OfThing(session, caller, thing, RegistryChange.Created, formerType: null),
        ThingUpdated = (session, caller, thing, formerType) => OfThing(session, caller, thing, RegistryChange.Updated, formerType),
        ThingDeleted = ThingDeleted,
        Joined = (session, caller, group, thing) => Membership(session, caller, group, thing, Added),
        Left = (session, caller, group, thing) => Membership(session, caller, group, thing, Removed),
        GroupChanged = OfGroup,
        GroupDeleted = (session, caller, group) => OfGroup(session, caller, group, RegistryChange.Deleted),
        TypeChanged = OfType,
    };

    /// <summary>A thing's end ends its memberships as well.</summary>
    private void ThingDeleted(WriteSession session, Caller caller, string thing)
    {
        if (!EventPublisher.AnyIsOn(session, caller.Account))
            return;
        foreach (var group in ThingGroupStore.GroupsOf(session, caller.Account, thing))
            Membership(session, caller, group.GroupName, thing, Removed);
        OfThing(session, caller, thing, RegistryChange.Deleted, formerType: null);
    }

    private void OfThing(WriteSession session, Caller caller, string thing, RegistryChange change, string? formerType)
    {
        if (!EventPublisher.AnyIsOn(session, caller.Account))
            return;
        var row = ThingStore.Find(session, caller.Account, thing)!;
        Publish(session, caller, EventTypes.Thing, "thing/" + thing, change, writer =>
        {
            writer.WriteString("thingId", row.ThingId);
            writer.WriteString("thingName", thing);
            writer.WriteNumber("versionNumber", row.Version);
            writer.WriteString("thingTypeName", row.ThingTypeName);
            writer.WritePropertyName("attributes");
            writer.WriteRawValue(row.Attributes);
        });
        Associations(session, caller, row, change, formerType);
    }

    private void Associations(WriteSession session, Caller caller, ThingRow row, RegistryChange change, string? formerType)
    {
        var type = row.ThingTypeName;
        if (change == RegistryChange.Deleted)
            (formerType, type) = (type, null);
        if (formerType == type)
            return;
        if (formerType is not null)
            Association(session, caller, row, formerType, Deleted);
        if (type is not null)
            Association(session, caller, row, type, Created);
    }

    private void Association(WriteSession session, Caller caller, ThingRow row, string type, string operation) => events.PublishOfRegistry(
        session, caller.Account, EventTypes.ThingTypeAssociation, $"thingTypeAssociation/thing/{row.ThingName}/{type}", operation, writer =>
        {
            writer.WriteString("thingId", row.ThingId);
            writer.WriteString("thingName", row.ThingName);
            writer.WriteString("thingTypeName", type);
        });

    private void Membership(WriteSession session, Caller caller, string group, string thing, string operation) => events.PublishOfRegistry(
        session, caller.Account, EventTypes.ThingGroupMembership, $"thingGroupMembership/thingGroup/{group}/thing/{thing}/{End(operation)}", operation, writer =>
        {
            var (groupId, thingId) = (ThingGroupStore.Find(session, caller.Account, group)!.GroupId, ThingStore.Find(session, caller.Account, thing)!.ThingId);
            writer.WriteString("accountId", caller.Account);
            writer.WriteString("groupArn", caller.IotArn("thinggroup/" + group));
            writer.WriteString("groupId", groupId);
            writer.WriteString("thingArn", caller.IotArn("thing/" + thing));
            writer.WriteString("thingId", thingId);
            writer.WriteString("membershipId", MembershipId(groupId, thingId));
        });

    private void OfGroup(WriteSession session, Caller caller, string group, RegistryChange change)
    {
        if (!EventPublisher.AnyIsOn(session, caller.Account))
            return;
        var row = ThingGroupStore.Find(session, caller.Account, group)!;
        Publish(session, caller, EventTypes.ThingGroup, "thingGroup/" + group, change, writer => WriteGroup(session, caller, row, writer));
        if (row.Parent is { } parent && change != RegistryChange.Updated)
            Hierarchy(session, caller, parent, row, change == RegistryChange.Created ? Added : Removed);
    }

    private static void WriteGroup(WriteSession session, Caller caller, ThingGroupRow row, Utf8JsonWriter writer)
    {
        writer.WriteString("thingGroupId", row.GroupId);
        writer.WriteString("thingGroupName", row.GroupName);
        writer.WriteNumber("versionNumber", row.Version);
        writer.WriteString("parentGroupName", row.Parent);
        writer.WriteString("parentGroupId", row.Parent is null ? null : ThingGroupStore.Find(session, caller.Account, row.Parent)!.GroupId);
        writer.WriteString("description", row.Description);
        writer.WriteStartArray("rootToParentThingGroups");
        foreach (var above in ThingGroupStore.Ancestors(session, caller.Account, row.GroupName))
        {
            writer.WriteStartObject();
            writer.WriteString("groupArn", caller.IotArn("thinggroup/" + above));
            writer.WriteString("groupId", ThingGroupStore.Find(session, caller.Account, above)!.GroupId);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WritePropertyName("attributes");
        writer.WriteRawValue(row.Attributes);
        // AWS: null for a static group; what the id of a dynamic one leads to is not told.
        writer.WriteString("dynamicGroupMappingId", row.QueryString is null ? null : row.GroupId);
    }

    private void Hierarchy(WriteSession session, Caller caller, string parent, ThingGroupRow child, string operation) => events.PublishOfRegistry(
        session, caller.Account, EventTypes.ThingGroupHierarchy, $"thingGroupHierarchy/thingGroup/{parent}/childThingGroup/{child.GroupName}/{End(operation)}", operation, writer =>
        {
            writer.WriteString("accountId", caller.Account);
            writer.WriteString("thingGroupId", ThingGroupStore.Find(session, caller.Account, parent)!.GroupId);
            writer.WriteString("thingGroupName", parent);
            writer.WriteString("childGroupId", child.GroupId);
            writer.WriteString("childGroupName", child.GroupName);
        });

    private void OfType(WriteSession session, Caller caller, string type, RegistryChange change) =>
        Publish(session, caller, EventTypes.ThingType, "thingType/" + type, change, writer =>
        {
            var row = ThingTypeStore.Find(session, caller.Account, type)!;
            var properties = row.ReadProperties();
            writer.WriteString("thingTypeId", row.ThingTypeId);
            writer.WriteString("thingTypeName", type);
            writer.WriteBoolean("isDeprecated", row.DeprecatedAtMs is not null);
            if (row.DeprecatedAtMs is { } deprecated)
                writer.WriteNumber("deprecationDate", deprecated);
            else
                writer.WriteNull("deprecationDate");
            writer.WriteStartArray("searchableAttributes");
            foreach (var attribute in properties.SearchableAttributes ?? [])
                writer.WriteStringValue(attribute);
            writer.WriteEndArray();
            WritePropagating(writer, properties.Mqtt5Configuration?.PropagatingAttributes ?? []);
            writer.WriteString("description", properties.ThingTypeDescription);
        });

    private static void WritePropagating(Utf8JsonWriter writer, IReadOnlyList<PropagatingAttribute> attributes)
    {
        writer.WriteStartArray("propagatingAttributes");
        foreach (var attribute in attributes)
        {
            writer.WriteStartObject();
            writer.WriteString("userPropertyKey", attribute.UserPropertyKey);
            if (attribute.ThingAttribute is { } ofThing)
                writer.WriteString("thingAttribute", ofThing);
            if (attribute.ConnectionAttribute is { } ofConnection)
                writer.WriteString("connectionAttribute", ofConnection);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private void Publish(WriteSession session, Caller caller, string type, string resource, RegistryChange change, Action<Utf8JsonWriter> members)
    {
        var operation = change switch { RegistryChange.Created => Created, RegistryChange.Updated => "UPDATED", _ => Deleted };
        events.PublishOfRegistry(session, caller.Account, type, $"{resource}/{End(operation)}", operation, writer =>
        {
            writer.WriteString("accountId", caller.Account);
            members(writer);
        });
    }

    /// <summary>The same for a thing's coming and going, and made of both ids so that nobody has to keep it.</summary>
    private static Guid MembershipId(string groupId, string thingId) => new(SHA256.HashData(Encoding.ASCII.GetBytes(groupId + thingId)).AsSpan(0, 16), bigEndian: true);

    private static string End(string operation) => operation.ToLowerInvariant();
}
