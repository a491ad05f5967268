namespace Godwit.Server.Jobs;

/// <summary>When a job may roll out, and what happens to it at its end. Times are UTC texts such as <c>2030-01-02T03:04</c>.</summary>
public sealed record SchedulingConfig
{
    public string? StartTime { get; init; }

    public string? EndTime { get; init; }

    public string? EndBehavior { get; init; }

    public IReadOnlyList<MaintenanceWindow>? MaintenanceWindows { get; init; }
}

/// <summary>A recurring window: a cron expression and a length.</summary>
public sealed record MaintenanceWindow
{
    public required string StartTime { get; init; }

    public int DurationInMinutes { get; init; }
}

/// <summary>A window to come, as DescribeJob shows it.</summary>
public sealed record ScheduledJobRollout
{
    public required string StartTime { get; init; }
}
