using System.Text.Json;

namespace Godwit.Fleet.Agents;

/// <summary>A job as aws_fota reads it: <c>{"operation":"app_fw_update","fwversion":"…","size":N,"location":{"url":"…"}}</c>, or with protocol, host and path in place of the URL.</summary>
public sealed record NordicJob(string JobId, long VersionNumber, int Size, string Url)
{
    /// <summary>A payload without an execution is no job and no error.</summary>
    public static NordicJob? Read(ReadOnlySpan<byte> payload, out string? error)
    {
        error = null;
        try
        {
            var reader = new Utf8JsonReader(payload);
            using var json = JsonDocument.ParseValue(ref reader);
            if (!json.RootElement.TryGetProperty("execution", out var execution))
                return null;
            var document = execution.GetProperty("jobDocument");
            if (document.GetProperty("operation").GetString() != "app_fw_update")
                throw new FormatException("the operation is not app_fw_update");
            var location = document.GetProperty("location");
            var url = location.TryGetProperty("url", out var whole)
                ? whole.GetString()!
                : $"{location.GetProperty("protocol").GetString()}//{location.GetProperty("host").GetString()}/{location.GetProperty("path").GetString()}";
            return new NordicJob(execution.GetProperty("jobId").GetString()!, execution.GetProperty("versionNumber").GetInt64(), document.GetProperty("size").GetInt32(), url);
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            error = $"the job is none for this agent: {failure.Message}";
            return null;
        }
    }
}
