using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.FleetIndexing;

/// <summary>UpdateDynamicThingGroup — PATCH /dynamic-thing-groups/{thingGroupName}. With a new query its members are found anew.</summary>
public sealed class UpdateDynamicThingGroup(Database database, DynamicThingGroups groups, DynamicGroupBuilder builder)
    : IOperation<UpdateDynamicThingGroup.Request, UpdateDynamicThingGroup.Response>
{
    public sealed record Request
    {
        public required string ThingGroupName { get; init; }

        public required ThingGroupProperties ThingGroupProperties { get; init; }

        public long? ExpectedVersion { get; init; }

        public string? IndexName { get; init; }

        public string? QueryString { get; init; }

        public string? QueryVersion { get; init; }
    }

    public sealed record Response(long Version);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Response>(session =>
    {
        if (DynamicThingGroups.Find(session, caller.Account, request.ThingGroupName) is not { } old)
            return Membership.GroupExists(session, caller.Account, request.ThingGroupName)
                ? Errors.InvalidRequest($"Thing group {request.ThingGroupName} is static. Change it with UpdateThingGroup.")
                : Errors.ResourceNotFound($"Thing group {request.ThingGroupName} cannot be found.");
        var query = request.QueryString ?? old.QueryString;
        if (DynamicGroupRules.Refuse(session, caller.Account, request.IndexName, query, request.QueryVersion) is { } refusal)
            return refusal;
        var updated = groups.Update(
            session, caller, old, old with { QueryString = query }, request.ThingGroupProperties, request.ExpectedVersion);
        if (!updated.IsOk)
            return updated.Error;
        if (query != old.QueryString && !builder.BuildSmall(session, caller, old.GroupName))
            session.AfterCommit(builder.Ring);
        return new Response(updated.Value.Version);
    }, ct);
}
