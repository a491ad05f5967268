namespace Godwit.Server.Events;

/// <summary>The kinds of events that an account may switch on. AWS: EventType.</summary>
public static class EventTypes
{
    public const string Thing = "THING";

    public const string ThingGroup = "THING_GROUP";

    public const string ThingType = "THING_TYPE";

    public const string ThingGroupMembership = "THING_GROUP_MEMBERSHIP";

    public const string ThingGroupHierarchy = "THING_GROUP_HIERARCHY";

    public const string ThingTypeAssociation = "THING_TYPE_ASSOCIATION";

    public const string Job = "JOB";

    public const string JobExecution = "JOB_EXECUTION";

    /// <summary>All of AWS's. POLICY, CERTIFICATE and CA_CERTIFICATE are kept and shown: AWS names no message that they would switch on.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Thing, ThingGroup, ThingType, ThingGroupMembership, ThingGroupHierarchy, ThingTypeAssociation, Job, JobExecution, "POLICY", "CERTIFICATE", "CA_CERTIFICATE",
    ];
}
