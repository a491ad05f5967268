namespace Godwit.Server.Jobs;

/// <summary>When a job has failed enough to stop; the first criterion that holds stops it.</summary>
public sealed record AbortConfig
{
    public IReadOnlyList<AbortCriteria> CriteriaList { get; init; } = [];
}

/// <summary>Stop when <see cref="FailureType"/> make up <see cref="ThresholdPercentage"/> of at least <see cref="MinNumberOfExecutedThings"/> finished executions.</summary>
public sealed record AbortCriteria
{
    /// <summary><c>FAILED</c>, <c>REJECTED</c>, <c>TIMED_OUT</c> or <c>ALL</c>.</summary>
    public required string FailureType { get; init; }

    /// <summary>Always <c>CANCEL</c>.</summary>
    public required string Action { get; init; }

    public double ThresholdPercentage { get; init; }

    public int MinNumberOfExecutedThings { get; init; }
}
