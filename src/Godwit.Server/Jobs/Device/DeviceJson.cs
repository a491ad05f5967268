using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs.Device;

/// <summary>
/// Payloads of the jobs topics, byte for byte in the member order that devices' parsers were tested on: compact, absent members left out,
/// nothing escaped that JSON lets stand, because those parsers copy URLs and signatures as they are.
/// </summary>
internal static class DeviceJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static byte[] Execution(string? clientToken, long timestamp, ShownExecution? execution) => Object(writer =>
    {
        WriteHead(writer, clientToken, timestamp);
        if (execution is not null)
            Write(writer, execution);
    });

    public static byte[] Pending(string? clientToken, long timestamp, List<DeviceExecutionRow> open) => Object(writer =>
    {
        WriteList(writer, "inProgressJobs", Listed(open, JobExecutionStatus.InProgress));
        WriteList(writer, "queuedJobs", Listed(open, JobExecutionStatus.Queued));
        writer.WriteNumber("timestamp", timestamp);
        if (clientToken is not null)
            writer.WriteString("clientToken", clientToken);
    });

    public static byte[] Updated(string? clientToken, long timestamp, ShownState? state, string? document) => Object(writer =>
    {
        WriteHead(writer, clientToken, timestamp);
        if (state is not null)
            Write(writer, state);
        WriteDocument(writer, document);
    });

    public static byte[] Rejected(DeviceRefusal refusal, string? clientToken, long timestamp) => Object(writer =>
    {
        writer.WriteString("code", refusal.Code);
        writer.WriteString("message", refusal.Error.Message);
        WriteHead(writer, clientToken, timestamp);
        if (refusal.State is not null)
            Write(writer, refusal.State);
    });

    /// <summary>Unlike the reply to <c>get</c>, a push leaves an empty list out.</summary>
    public static byte[] Notify(long timestamp, List<DeviceExecutionRow> open) => Object(writer =>
    {
        writer.WriteNumber("timestamp", timestamp);
        writer.WriteStartObject("jobs");
        if (Listed(open, JobExecutionStatus.InProgress) is { Count: > 0 } started)
            WriteList(writer, "IN_PROGRESS", started);
        if (Listed(open, JobExecutionStatus.Queued) is { Count: > 0 } queued)
            WriteList(writer, "QUEUED", queued);
        writer.WriteEndObject();
    });

    public static byte[] NotifyNext(long timestamp, ShownExecution? execution) => Execution(null, timestamp, execution);

    /// <summary>Executions of one status in the order a thing does them, the first ten.</summary>
    internal static List<DeviceExecutionRow> Listed(List<DeviceExecutionRow> open, JobExecutionStatus status)
    {
        var listed = open.FindAll(row => row.Status == status);
        listed.Sort((a, b) => ExecutionQueue.Compare(a.ToOpen(), b.ToOpen()));
        return listed.Count > JobLimits.ListedMax ? listed.GetRange(0, JobLimits.ListedMax) : listed;
    }

    private static byte[] Object(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteHead(Utf8JsonWriter writer, string? clientToken, long timestamp)
    {
        if (clientToken is not null)
            writer.WriteString("clientToken", clientToken);
        writer.WriteNumber("timestamp", timestamp);
    }

    private static void Write(Utf8JsonWriter writer, ShownExecution execution)
    {
        writer.WriteStartObject("execution");
        writer.WriteString("jobId", execution.JobId);
        writer.WriteString("status", execution.Status);
        WriteDetails(writer, execution.StatusDetails);
        writer.WriteNumber("queuedAt", execution.QueuedAt);
        if (execution.StartedAt is { } started)
            writer.WriteNumber("startedAt", started);
        writer.WriteNumber("lastUpdatedAt", execution.LastUpdatedAt);
        if (execution.SecondsLeft is { } left)
            writer.WriteNumber("approximateSecondsBeforeTimedOut", left);
        writer.WriteNumber("versionNumber", execution.VersionNumber);
        writer.WriteNumber("executionNumber", execution.ExecutionNumber);
        WriteDocument(writer, execution.Document);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ShownState state)
    {
        writer.WriteStartObject("executionState");
        writer.WriteString("status", state.Status);
        WriteDetails(writer, state.StatusDetails);
        writer.WriteNumber("versionNumber", state.VersionNumber);
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, string name, List<DeviceExecutionRow> rows)
    {
        writer.WriteStartArray(name);
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("jobId", row.JobId);
            writer.WriteNumber("queuedAt", JobTime.Seconds(row.QueuedAtMs));
            if (JobTime.Seconds(row.StartedAtMs) is { } started)
                writer.WriteNumber("startedAt", started);
            writer.WriteNumber("lastUpdatedAt", JobTime.Seconds(row.LastUpdatedAtMs));
            writer.WriteNumber("versionNumber", row.Version);
            writer.WriteNumber("executionNumber", row.ExecutionNumber);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteDetails(Utf8JsonWriter writer, string? details)
    {
        if (details is null)
            return;
        writer.WritePropertyName("statusDetails");
        writer.WriteRawValue(details, skipInputValidation: true);
    }

    /// <summary>An object on this door; HTTP gives the same text as a string.</summary>
    private static void WriteDocument(Utf8JsonWriter writer, string? document)
    {
        if (document is null)
            return;
        writer.WritePropertyName("jobDocument");
        writer.WriteRawValue(document, skipInputValidation: true);
    }
}
