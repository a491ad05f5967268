using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;
using Godwit.Server.Tags;
using Godwit.Server.Things;

namespace Godwit.Server.FleetIndexing;

/// <summary>CreateDynamicThingGroup — POST /dynamic-thing-groups/{thingGroupName}. A small fleet's members are in it before the answer; of a large one they come soon after.</summary>
public sealed class CreateDynamicThingGroup(Database database, IRandomSource random, DynamicThingGroups groups, DynamicGroupBuilder builder)
    : IOperation<CreateDynamicThingGroup.Request, CreateDynamicThingGroup.Response>
{
    /// <summary>AWS: an account has at most a hundred dynamic groups.</summary>
    private const int GroupsMax = 100;

    public sealed record Request
    {
        public required string ThingGroupName { get; init; }

        public ThingGroupProperties? ThingGroupProperties { get; init; }

        public string? IndexName { get; init; }

        public required string QueryString { get; init; }

        public string? QueryVersion { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }
    }

    public sealed record Response(
        string ThingGroupName, string ThingGroupArn, string ThingGroupId, string IndexName, string QueryString, string QueryVersion);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
    {
        if (DynamicGroupRules.Refuse(session, caller.Account, request.IndexName, request.QueryString, request.QueryVersion) is { } refusal)
            return refusal;
        var isNew = !Membership.GroupExists(session, caller.Account, request.ThingGroupName);
        if (isNew && DynamicThingGroups.OfAccount(session, caller.Account).Count >= GroupsMax)
            return Errors.LimitExceeded($"The account has {GroupsMax} dynamic thing groups already, the most there may be. Delete one with DeleteDynamicThingGroup.");
        var given = new DynamicThingGroup
        {
            GroupName = request.ThingGroupName,
            GroupId = random.NewUuid(),
            QueryString = request.QueryString,
            QueryVersion = IndexNames.QueryVersion,
            IndexName = IndexNames.Things,
        };
        return groups.Create(session, caller, given, request.ThingGroupProperties, request.Tags).Map(group =>
        {
            if (isNew && !builder.BuildSmall(session, caller, group.GroupName))
                session.AfterCommit(builder.Ring);
            return new Response(
                group.GroupName, caller.IotArn("thinggroup/" + group.GroupName), group.GroupId, group.IndexName, group.QueryString, group.QueryVersion);
        });
    }, ct);
}
