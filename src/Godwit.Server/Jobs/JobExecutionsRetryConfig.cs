namespace Godwit.Server.Jobs;

/// <summary>Which failures are tried again, and how often.</summary>
public sealed record JobExecutionsRetryConfig
{
    public IReadOnlyList<RetryCriteria> CriteriaList { get; init; } = [];
}

/// <summary><see cref="FailureType"/> is <c>FAILED</c>, <c>TIMED_OUT</c> or <c>ALL</c>.</summary>
public sealed record RetryCriteria
{
    public required string FailureType { get; init; }

    public int NumberOfRetries { get; init; }
}
