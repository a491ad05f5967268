namespace Godwit.Server.Things;

/// <summary>What a thing group says of itself.</summary>
public sealed record ThingGroupProperties
{
    public string? ThingGroupDescription { get; init; }

    public AttributePayload? AttributePayload { get; init; }
}

public sealed record ThingGroupMetadata(string? ParentGroupName, IReadOnlyList<GroupNameAndArn>? RootToParentThingGroups, DateTimeOffset CreationDate);

public sealed record GroupNameAndArn(string GroupName, string GroupArn);
