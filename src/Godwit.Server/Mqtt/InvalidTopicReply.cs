using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Server.Mqtt;

/// <summary>The answer to a jobs topic that names no operation (AWS: Jobs > error code <c>InvalidTopic</c>).</summary>
internal static class InvalidTopicReply
{
    private const int ClientTokenCharsMax = 64;

    // Devices copy values out of the text without unescaping it.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(string topic, ReadOnlyMemory<byte> request, DateTimeOffset now)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output, Plain))
        {
            json.WriteStartObject();
            json.WriteString("code", "InvalidTopic");
            json.WriteString("message", $"{topic} is not a request topic of jobs: use .../jobs/get, .../jobs/start-next, .../jobs/<jobId>/get or .../jobs/<jobId>/update");
            if (ClientToken(request) is { } token)
                json.WriteString("clientToken", token);
            json.WriteNumber("timestamp", now.ToUnixTimeSeconds());
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private static string? ClientToken(ReadOnlyMemory<byte> request)
    {
        try
        {
            using var json = JsonDocument.Parse(request);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("clientToken", out var token)
                && token.ValueKind == JsonValueKind.String
                && token.GetString() is { Length: <= ClientTokenCharsMax } text
                    ? text
                    : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
