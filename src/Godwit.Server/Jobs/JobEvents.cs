using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Jobs;
using Godwit.Server.Events;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>The events of jobs and of their executions. AWS: IoT events > Jobs. Times of the job are in milliseconds, the event's own in seconds.</summary>
public sealed class JobEvents(EventPublisher events)
{
    /// <summary>An execution has ended or, with no status, is deleted.</summary>
    internal void Ended(WriteSession session, DeviceExecutionRow row, JobExecutionStatus? status, string? details)
    {
        var wire = status?.Wire() ?? "DELETED";
        events.Publish(session, row.Account, EventTypes.JobExecution, "jobExecution/" + row.JobId, Operation(wire), writer =>
        {
            writer.WriteString("jobId", row.JobId);
            writer.WriteString("thingArn", Arn.Iot(row.Region, row.Account, "thing/" + row.ThingName).ToString());
            writer.WriteString("status", wire);
            writer.WritePropertyName("statusDetails");
            writer.WriteRawValue(details ?? "{}");
        });
    }

    internal void Completed(WriteSession session, JobRow job) => Publish(session, job, "COMPLETED");

    /// <summary>A sweep begins: the job is being canceled or deleted.</summary>
    internal void SweepBegins(WriteSession session, JobRow job, JobSweep sweep) =>
        Swept(session, job, sweep, "CANCELLATION_IN_PROGRESS", "DELETION_IN_PROGRESS");

    /// <summary>A sweep is through; told before the job's rows go.</summary>
    internal void SweepEnds(WriteSession session, JobRow job, JobSweep sweep) => Swept(session, job, sweep, "CANCELED", "DELETED");

    private void Swept(WriteSession session, JobRow job, JobSweep sweep, string canceled, string deleted)
    {
        if (sweep is JobSweep.CancelQueued or JobSweep.CancelAll)
            Publish(session, job, canceled);
        else if (sweep == JobSweep.Delete)
            Publish(session, job, deleted);
    }

    private void Publish(WriteSession session, JobRow job, string status) =>
        events.Publish(session, job.Account, EventTypes.Job, "job/" + job.JobId, Operation(status), writer =>
        {
            var now = JobStore.Find(session, job.JobKey)!;
            writer.WriteString("jobId", job.JobId);
            writer.WriteString("status", status);
            writer.WriteString("targetSelection", job.TargetSelection);
            writer.WriteStartArray("targets");
            foreach (var target in JobTargets.Of(session, job.JobKey))
                writer.WriteStringValue(target);
            writer.WriteEndArray();
            if (now.Description is { } description)
                writer.WriteString("description", description);
            if (now.CompletedAtMs is { } completed)
                writer.WriteNumber("completedAt", completed);
            writer.WriteNumber("createdAt", now.CreatedAtMs);
            writer.WriteNumber("lastUpdatedAt", now.LastUpdatedAtMs);
            if (now.Comment is { } comment)
                writer.WriteString("comment", comment);
            if (status == "COMPLETED")
                WriteDetails(writer, JobStore.Progress(session, job.JobKey));
        });

    private static void WriteDetails(Utf8JsonWriter writer, JobProgressRow progress)
    {
        writer.WriteStartObject("jobProcessDetails");
        writer.WriteNumber("numberOfCanceledThings", progress.Canceled);
        writer.WriteNumber("numberOfRejectedThings", progress.Rejected);
        writer.WriteNumber("numberOfFailedThings", progress.Failed);
        writer.WriteNumber("numberOfRemovedThings", progress.Removed);
        writer.WriteNumber("numberOfSucceededThings", progress.Succeeded);
        writer.WriteEndObject();
    }

    // AWS's topics spell a job's operations in lower case.
    private static string Operation(string status) => status.ToLowerInvariant();
}
