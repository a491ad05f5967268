using Godwit.Core.Access;
using Godwit.Core.Jobs;

namespace Godwit.Core.Why;

/// <summary>All that is known of one device and one update at a moment; what is not known is null, and the answer says so.</summary>
public sealed record WhyFacts
{
    public required string Thing { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Since when the doors have kept in memory what they saw: what lies before is not known.</summary>
    public required DateTimeOffset SeenSince { get; init; }

    public bool ThingExists { get; init; }

    /// <summary>Null where a plain job is asked about.</summary>
    public UpdateFact? Update { get; init; }

    /// <summary>Null as long as the update has made none, or where it was deleted.</summary>
    public JobFact? Job { get; init; }

    public TargetFact? Target { get; init; }

    /// <summary>How many things the rollout reaches before this one; null where this one is not waiting for it.</summary>
    public long? ThingsBefore { get; init; }

    /// <summary>The thing's newest execution of the job.</summary>
    public ExecutionFact? Execution { get; init; }

    /// <summary>Other jobs that the thing does before this one, in order.</summary>
    public IReadOnlyList<AheadFact> Ahead { get; init; } = [];

    public IReadOnlyList<CertificateFact> Certificates { get; init; } = [];

    /// <summary>What the flow needs, with the answer of the best certificate.</summary>
    public IReadOnlyList<PermissionFact> Permissions { get; init; } = [];

    public PresenceFact? Presence { get; init; }

    /// <summary>What the device was told and asked for, of this job, since <see cref="SeenSince"/>.</summary>
    public TrailFact Trail { get; init; } = new();

    /// <summary>Whether a client listens for the thing's <c>notify-next</c> now.</summary>
    public bool ListensForNext { get; init; }

    public bool IsByMqtt => Update?.Protocols.Contains("MQTT") ?? false;
}

/// <param name="Status">AWS's word, for example <c>CREATE_COMPLETE</c>.</param>
public sealed record UpdateFact(string Id, string Status, DateTimeOffset CreatedAt, string? ErrorCode, string? ErrorMessage, IReadOnlyList<string> Protocols, string? StreamId);

/// <summary>The job as far as it decides about one thing.</summary>
public sealed record JobFact(string Id, JobStatus Status, DateTimeOffset CreatedAt)
{
    public string? ReasonCode { get; init; }

    public string? Comment { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public bool Paused { get; init; }

    public bool Continuous { get; init; }

    /// <summary>Its targets are still being resolved.</summary>
    public bool Resolving { get; init; }

    public SchedulePhase Phase { get; init; }

    public DateTimeOffset? PhaseEnds { get; init; }

    /// <summary>Things a minute, as the rate stands now.</summary>
    public int PerMinute { get; init; }

    /// <summary>How many further things stages and caps let the rollout reach now.</summary>
    public long Room { get; init; } = long.MaxValue;
}

/// <param name="Via">The target's ARN.</param>
/// <param name="Since">When the thing came under it: the job's creation, or the day it joined the group.</param>
public sealed record TargetFact(string Via, DateTimeOffset Since);

public sealed record ExecutionFact(long Number, JobExecutionStatus Status, DateTimeOffset QueuedAt, DateTimeOffset UpdatedAt)
{
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    public long Retries { get; init; }

    public IReadOnlyDictionary<string, string>? Details { get; init; }
}

/// <summary>A job that the thing does first.</summary>
public sealed record AheadFact(string JobId, bool Started, DateTimeOffset Since);

public sealed record CertificateFact(string Id, string Status, DateTimeOffset NotBefore, DateTimeOffset NotAfter, int Policies)
{
    public bool IsUsable(DateTimeOffset now) => Status == "ACTIVE" && NotBefore <= now && now <= NotAfter;
}

/// <param name="Need">What it is for; of several with the same need, one is enough.</param>
/// <param name="Resource">A client id, a topic or a topic filter.</param>
public sealed record PermissionFact(string Need, IotAction Action, string Resource, bool Allowed);

/// <param name="LeftAt">Null while it is connected.</param>
public sealed record PresenceFact(DateTimeOffset ConnectedAt, DateTimeOffset? LeftAt);

/// <summary>What the doors saw of the device and this job.</summary>
public sealed record TrailFact
{
    /// <summary>A message of the device, of any kind, on the jobs or streams topics or the data plane.</summary>
    public DateTimeOffset? HeardAt { get; init; }

    public DateTimeOffset? NotifiedAt { get; init; }

    public DateTimeOffset? DocumentAt { get; init; }

    public long BlockRequests { get; init; }

    public long Blocks { get; init; }

    public int? LastBlock { get; init; }

    public int? BlocksInFile { get; init; }

    public DateTimeOffset? LastBlockAt { get; init; }

    /// <summary>The last thing that was refused to it, and when.</summary>
    public string? Refusal { get; init; }

    public DateTimeOffset? RefusedAt { get; init; }
}
