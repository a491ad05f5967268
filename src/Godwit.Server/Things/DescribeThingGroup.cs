using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>DescribeThingGroup — GET /thing-groups/{thingGroupName}</summary>
public sealed class DescribeThingGroup(Database database) : IOperation<DescribeThingGroup.Request, DescribeThingGroup.Response>
{
    public sealed record Request
    {
        public required string ThingGroupName { get; init; }
    }

    public sealed record Response(
        string ThingGroupName,
        string ThingGroupId,
        string ThingGroupArn,
        long Version,
        ThingGroupProperties ThingGroupProperties,
        ThingGroupMetadata ThingGroupMetadata,
        string? IndexName,
        string? QueryString,
        string? QueryVersion,
        string? Status);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        if (ThingGroupStore.Find(session, caller.Account, request.ThingGroupName) is not { } row)
            return ThingErrors.NoGroup(request.ThingGroupName);
        var above = row.Parent is null ? null : ThingGroupStore.Ancestors(session, caller.Account, row.GroupName)
            .ConvertAll(group => new GroupNameAndArn(group, caller.IotArn("thinggroup/" + group)));
        return new Response(
            row.GroupName, row.GroupId, caller.IotArn("thinggroup/" + row.GroupName), row.Version,
            new ThingGroupProperties
            {
                ThingGroupDescription = row.Description,
                AttributePayload = new AttributePayload { Attributes = AttributeText.Read(row.Attributes) },
            },
            new ThingGroupMetadata(row.Parent, above, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs)),
            row.IndexName, row.QueryString, row.QueryVersion, row.QueryString is null ? null : ((DynamicGroupStatus)row.BuildStatus).ToString().ToUpperInvariant());
    }, ct);
}
