using System.Text.Json;
using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>A job execution as an OTA agent reads it: strict about what it needs, blind to all else.</summary>
public sealed record OtaJob
{
    public required string JobId { get; init; }

    public required IReadOnlyList<string> Protocols { get; init; }

    public string? StreamName { get; init; }

    public required int FileSize { get; init; }

    public required int FileId { get; init; }

    public string? UpdateDataUrl { get; init; }

    public required ImageSignature Signature { get; init; }

    /// <summary>statusDetails.self_test, present once the device has reported that it will start the new image.</summary>
    public string? SelfTest { get; init; }

    /// <summary>Reads a reply or a notification. A payload without an execution is no job and no error.</summary>
    public static OtaJob? Read(ReadOnlySpan<byte> payload, out string? error)
    {
        error = null;
        try
        {
            var reader = new Utf8JsonReader(payload);
            using var json = JsonDocument.ParseValue(ref reader);
            return json.RootElement.TryGetProperty("execution", out var execution) && execution.ValueKind == JsonValueKind.Object
                ? Read(execution, out error)
                : null;
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            error = failure.Message;
            return null;
        }
    }

    private static OtaJob? Read(JsonElement execution, out string? error)
    {
        var document = execution.GetProperty("jobDocument").GetProperty("afr_ota");
        var file = document.GetProperty("files")[0];
        var signature = ImageSignature.KnownKeys.FirstOrDefault(key => file.TryGetProperty(key, out _));
        error = signature is null ? "the file has no signature under a key that this device knows" : null;
        return signature is null ? null : new OtaJob
        {
            JobId = execution.GetProperty("jobId").GetString()!,
            Protocols = [.. document.GetProperty("protocols").EnumerateArray().Select(p => p.GetString()!)],
            StreamName = Text(document, "streamname"),
            FileSize = file.GetProperty("filesize").GetInt32(),
            FileId = file.GetProperty("fileid").GetInt32(),
            UpdateDataUrl = Text(file, "update_data_url"),
            Signature = new ImageSignature(signature, Convert.FromBase64String(file.GetProperty(signature).GetString()!)),
            SelfTest = execution.TryGetProperty("statusDetails", out var details) ? Text(details, "self_test") : null,
        };
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
