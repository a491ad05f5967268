using Godwit.Core;
using Godwit.Core.OtaUpdates;
using Godwit.Server.Jobs;

namespace Godwit.Server.OtaUpdates;

/// <summary>What <c>godwit:</c> parameters of an update make of its job: see docs/extensions.md.</summary>
internal static class OtaUpdateExtensions
{
    public static ServiceError? Refuse(CreateOtaUpdate.Request request, DateTimeOffset now)
    {
        var read = GodwitParameters.Parse(request.AdditionalParameters);
        if (!read.IsOk)
            return read.Error;
        if (read.Value.Controls.LateJoinersAtRate && request.TargetSelection != "CONTINUOUS")
            return Errors.InvalidRequest("godwit:lateJoiners is for targetSelection CONTINUOUS: nothing joins a SNAPSHOT. Set it, or leave the parameter out.");
        return JobConfigCheck.Retry(Retry(read.Value), request.AwsJobTimeoutConfig) ?? JobSchedules.Refuse(Scheduling(read.Value), request.TargetSelection, now);
    }

    public static bool EnforcesPreflight(CreateOtaUpdate.Request request) => GodwitParameters.Parse(request.AdditionalParameters) is { IsOk: true, Value.EnforcePreflight: true };

    /// <summary>The job's request with what the update asks for; without <c>godwit:</c> parameters it is the same.</summary>
    public static CreateJob.Request Apply(CreateOtaUpdate.Request request, CreateJob.Request job)
    {
        // It was read when the update was taken: what does not read now was taken by another version.
        var read = GodwitParameters.Parse(request.AdditionalParameters);
        return !read.IsOk || read.Value == GodwitParameters.None
            ? job
            : job with { JobExecutionsRetryConfig = Retry(read.Value), SchedulingConfig = Scheduling(read.Value), ScheduleChecked = true, Controls = read.Value.Controls };
    }

    private static JobExecutionsRetryConfig? Retry(GodwitParameters asked) => asked.Retry.Count == 0
        ? null
        : new() { CriteriaList = [.. asked.Retry.Select(retry => new RetryCriteria { FailureType = retry.FailureType, NumberOfRetries = retry.Retries })] };

    private static SchedulingConfig? Scheduling(GodwitParameters asked) => asked is { Start: null, End: null, EndBehavior: null, MaintenanceWindows.Count: 0 }
        ? null
        : new()
        {
            StartTime = asked.Start,
            EndTime = asked.End,
            EndBehavior = asked.EndBehavior,
            MaintenanceWindows = asked.MaintenanceWindows.Count == 0
                ? null
                : [.. asked.MaintenanceWindows.Select(window => new MaintenanceWindow { StartTime = window.Cron, DurationInMinutes = window.Minutes })],
        };
}
