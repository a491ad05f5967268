namespace Godwit.Server.Events;

/// <summary>The kinds of events that an account may switch on. AWS: EventType.</summary>
public static class EventTypes
{
    public const string Job = "JOB";

    public const string JobExecution = "JOB_EXECUTION";

    /// <summary>All of AWS's; those of jobs are published, the others are kept and shown.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "THING", "THING_GROUP", "THING_TYPE", "THING_GROUP_MEMBERSHIP", "THING_GROUP_HIERARCHY", "THING_TYPE_ASSOCIATION", Job, JobExecution, "POLICY",
        "CERTIFICATE", "CA_CERTIFICATE",
    ];
}
