using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.FleetIndexing;

/// <summary>DeleteDynamicThingGroup — DELETE /dynamic-thing-groups/{thingGroupName}. A group that is not there is deleted already.</summary>
public sealed class DeleteDynamicThingGroup(Database database, DynamicThingGroups groups) : IOperation<DeleteDynamicThingGroup.Request, Nothing>
{
    public sealed record Request
    {
        public required string ThingGroupName { get; init; }

        public long? ExpectedVersion { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => groups.Delete(session, caller, request.ThingGroupName, request.ExpectedVersion), ct);
}
