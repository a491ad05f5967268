namespace Godwit.Server.Jobs;

/// <summary>How fast executions are queued, per minute.</summary>
public sealed record JobExecutionsRolloutConfig
{
    public int? MaximumPerMinute { get; init; }

    public ExponentialRolloutRate? ExponentialRate { get; init; }
}

/// <summary>A rate that starts low and is multiplied each time so many things were notified, or have succeeded.</summary>
public sealed record ExponentialRolloutRate
{
    public int BaseRatePerMinute { get; init; }

    public double IncrementFactor { get; init; }

    public RateIncreaseCriteria? RateIncreaseCriteria { get; init; }
}

/// <summary>One of the two is set.</summary>
public sealed record RateIncreaseCriteria
{
    public int? NumberOfNotifiedThings { get; init; }

    public int? NumberOfSucceededThings { get; init; }
}
