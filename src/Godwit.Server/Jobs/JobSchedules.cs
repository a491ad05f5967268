using Godwit.Core;
using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>A job's <c>schedulingConfig</c>: checked when it comes in, and as the rules take it.</summary>
internal static class JobSchedules
{
    private const string Continuous = "CONTINUOUS";

    /// <summary>AWS: DescribeJob shows so many coming windows.</summary>
    public const int ShownMax = 7;

    public static ServiceError? Refuse(SchedulingConfig? config, string? targetSelection, DateTimeOffset now)
    {
        if (config is null)
            return null;
        if (ScheduleTimes.Refuse(config.StartTime, config.EndTime, now) is { } wrong)
            return Errors.InvalidRequest(wrong);
        if (config is { EndBehavior: not null, EndTime: null })
            return Errors.InvalidRequest($"endBehavior {config.EndBehavior} is given without endTime. Give endTime, or leave endBehavior out.");
        return Windows(config.MaintenanceWindows, targetSelection);
    }

    public static ServiceError? Windows(IReadOnlyList<MaintenanceWindow>? windows, string? targetSelection)
    {
        if (windows is not { Count: > 0 })
            return null;
        if (targetSelection != Continuous)
            return Errors.InvalidRequest("TargetSelection is invalid. MaintenanceWindow cannot be used with SNAPSHOT job.");
        foreach (var window in windows)
            if (MaintenanceCron.Parse(window.StartTime, out var why) is null)
                return Errors.InvalidRequest(
                    $"The startTime '{window.StartTime}' of a maintenance window is not a cron expression: {why}. Write it as cron(minutes hours day-of-month month day-of-week year), for example cron(0 2 ? * MON *).");
        return null;
    }

    /// <summary>The config as it is kept: the end's default behavior is named.</summary>
    public static SchedulingConfig? Kept(SchedulingConfig? config) =>
        config is { EndTime: not null, EndBehavior: null } ? config with { EndBehavior = "STOP_ROLLOUT" } : config;

    public static JobSchedule Of(JobRow job) => Of(JobJson.Read<SchedulingConfig>(job.SchedulingConfig));

    public static JobSchedule Of(SchedulingConfig? config) => config is null
        ? JobSchedule.Always
        : new JobSchedule(
            config.StartTime is { } start ? ScheduleTimes.Parse(start) : null,
            config.EndTime is { } end ? ScheduleTimes.Parse(end) : null,
            config.EndBehavior switch { "CANCEL" => EndBehavior.Cancel, "FORCE_CANCEL" => EndBehavior.ForceCancel, _ => EndBehavior.StopRollout },
            [.. (config.MaintenanceWindows ?? []).Select(Window)]);

    /// <summary>The next windows as DescribeJob shows them; null for a job without windows or one that is over.</summary>
    public static IReadOnlyList<ScheduledJobRollout>? Shown(JobRow job, DateTimeOffset now)
    {
        var schedule = Of(job);
        return schedule.Windows.Count == 0 || job.Status is not (JobStatus.Scheduled or JobStatus.InProgress)
            ? null
            : [.. schedule.NextWindows(now, ShownMax).Select(at => new ScheduledJobRollout { StartTime = ScheduleTimes.Write(at) })];
    }

    private static RecurringWindow Window(MaintenanceWindow window)
    {
        var cron = MaintenanceCron.Parse(window.StartTime, out var why) ?? throw new InvalidOperationException($"The stored window '{window.StartTime}' cannot be read: {why}");
        return new RecurringWindow(cron.Next, TimeSpan.FromMinutes(window.DurationInMinutes));
    }
}
