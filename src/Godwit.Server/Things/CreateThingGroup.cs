using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Things;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Things;

/// <summary>CreateThingGroup — POST /thing-groups/{thingGroupName}. The parent is fixed here; the same group again is no error.</summary>
public sealed class CreateThingGroup(Database database, IRandomSource random, RegistryHooks hooks) : IOperation<CreateThingGroup.Request, CreateThingGroup.Response>
{
    /// <summary>AWS: a hierarchy has at most seven levels.</summary>
    private const int DepthMax = 7;

    /// <summary>AWS: a group has at most so many direct children.</summary>
    private const int ChildrenMax = 100;

    private static readonly Dictionary<string, string> NoAttributes = [];

    public sealed record Request
    {
        public required string ThingGroupName { get; init; }

        public string? ParentGroupName { get; init; }

        public ThingGroupProperties? ThingGroupProperties { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }
    }

    public sealed record Response(string ThingGroupName, string ThingGroupArn, string ThingGroupId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var attributes = RegistryAttributes.Apply(NoAttributes, request.ThingGroupProperties?.AttributePayload?.Attributes, merge: false);
        if (RegistryAttributes.RefuseForGroup(attributes) is { } refusal)
            return Task.FromResult<Result<Response>>(refusal);
        var row = new ThingGroupRow
        {
            GroupName = request.ThingGroupName,
            GroupId = random.NewUuid(),
            Parent = request.ParentGroupName,
            Description = request.ThingGroupProperties?.ThingGroupDescription,
            Attributes = AttributeText.Of(attributes),
            Version = 1,
        };
        return database.Change(session => Create(session, caller, row, request.Tags), ct);
    }

    private Result<Response> Create(WriteSession session, Caller caller, ThingGroupRow row, IReadOnlyList<Tag>? tags)
    {
        var (resource, arn) = ("thinggroup/" + row.GroupName, caller.IotArn("thinggroup/" + row.GroupName));
        if (ThingGroupStore.Find(session, caller.Account, row.GroupName) is { } existing)
            return (existing.Parent, existing.Description, existing.Attributes, existing.QueryString) == (row.Parent, row.Description, row.Attributes, null)
                ? new Response(row.GroupName, arn, existing.GroupId)
                : ThingErrors.GroupExists(row.GroupName, existing.GroupId, arn);

        var (root, depth) = (row.GroupName, 1L);
        if (row.Parent is { } parentName)
        {
            if (ThingGroupStore.Find(session, caller.Account, parentName) is not { } parent)
                return Errors.InvalidRequest($"Parent thing group {parentName} cannot be found. Create it first."); // The model knows no ResourceNotFoundException here.
            if (parent.QueryString is not null)
                return ThingErrors.DynamicGroup(parentName, "It can have no child groups.");
            if (parent.Depth >= DepthMax)
                return Errors.InvalidRequest($"Thing group {parentName} is at level {DepthMax}, the lowest. Choose a parent further up.");
            if (ThingGroupStore.CountChildren(session, caller.Account, parentName) >= ChildrenMax)
                return Errors.InvalidRequest($"Thing group {parentName} has {ChildrenMax} child groups already. Choose another parent.");
            (root, depth) = (parent.Root, parent.Depth + 1);
        }
        ThingGroupStore.Insert(session, caller.Account, row with { Root = root, Depth = depth, CreatedAtMs = session.NowMs });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreateThingGroup), resource, null, row.Attributes, row.Parent is null ? null : "under " + row.Parent));
        hooks.GroupChanged(session, caller, row.GroupName, RegistryChange.Created);
        return ResourceTags.Put(session, caller.Account, resource, tags).Map(_ => new Response(row.GroupName, arn, row.GroupId));
    }
}
