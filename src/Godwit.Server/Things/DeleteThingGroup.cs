using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Things;

/// <summary>DeleteThingGroup — DELETE /thing-groups/{thingGroupName}. Its things stay; a group that is not there is deleted already.</summary>
public sealed class DeleteThingGroup(Database database, RegistryHooks hooks) : IOperation<DeleteThingGroup.Request, Nothing>
{
    public sealed record Request
    {
        public required string ThingGroupName { get; init; }

        public long? ExpectedVersion { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (ThingGroupStore.Find(session, caller.Account, request.ThingGroupName) is not { } row)
            return default(Nothing);
        if (row.QueryString is not null)
            return ThingErrors.DynamicGroup(row.GroupName, "Delete it with DeleteDynamicThingGroup.");
        if (request.ExpectedVersion is { } expected && expected != row.Version)
            return ThingErrors.Version("thing group " + row.GroupName, expected, row.Version);
        if (ThingGroupStore.CountChildren(session, caller.Account, row.GroupName) > 0)
            return ThingErrors.HasChildren(row.GroupName);
        hooks.GroupDeleted(session, caller, row.GroupName);
        ThingGroupStore.Delete(session, caller.Account, row.GroupName);
        ResourceTags.Clear(session, caller.Account, "thinggroup/" + row.GroupName);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteThingGroup), "thinggroup/" + row.GroupName, row.Attributes, null));
        return default(Nothing);
    }, ct);
}
