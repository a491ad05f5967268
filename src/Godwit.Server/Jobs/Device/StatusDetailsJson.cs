using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Server.Jobs.Device;

/// <summary>Reported details as they are kept: the JSON text that replies copy.</summary>
internal static class StatusDetailsJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>No details and empty ones are the same: nothing.</summary>
    public static string? Write(IReadOnlyDictionary<string, string>? details)
    {
        if (details is null or { Count: 0 })
            return null;
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in details)
                writer.WriteString(name, value);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static Dictionary<string, string>? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(json);
}
