namespace Godwit.Server.Jobs;

/// <summary>How long (1 to 10080 minutes) an execution may stay IN_PROGRESS.</summary>
public sealed record TimeoutConfig
{
    public long? InProgressTimeoutInMinutes { get; init; }
}
