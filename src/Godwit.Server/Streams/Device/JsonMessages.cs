using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Core.Streams;

namespace Godwit.Server.Streams.Device;

/// <summary>
/// What devices are sent in JSON: compact, in AWS's order of members, and without <c>\u</c> where JSON does not demand it, since the parsers in the field
/// copy values raw.
/// </summary>
internal static class JsonMessages
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A whole data message, <c>c? f l i p</c>, the payload in base64.</summary>
    public static byte[] Data(string? token, int fileId, in Block block, ReadOnlySpan<byte> payload)
    {
        var encodedBytes = Base64.GetMaxEncodedToUtf8Length(payload.Length);
        var to = new ArrayBufferWriter<byte>(encodedBytes + 256);
        using (var json = new Utf8JsonWriter(to, Plain))
        {
            json.WriteStartObject();
            if (token is not null)
                json.WriteString("c"u8, token);
            json.WriteNumber("f"u8, fileId);
            json.WriteNumber("l"u8, block.Length);
            json.WriteNumber("i"u8, block.Index);
            json.WriteBase64String("p"u8, payload);
            json.WriteEndObject();
        }
        return to.WrittenSpan.ToArray();
    }

    /// <summary>The stream's description: <c>c? s d? r[{f,z}]</c>.</summary>
    public static byte[] Description(string? token, StreamInfo stream) => Write(json =>
    {
        if (token is not null)
            json.WriteString("c"u8, token);
        json.WriteNumber("s"u8, stream.Version);
        if (stream.Description is not null)
            json.WriteString("d"u8, stream.Description);
        json.WriteStartArray("r"u8);
        foreach (var file in stream.Files)
        {
            json.WriteStartObject();
            json.WriteNumber("f"u8, file.FileId);
            json.WriteNumber("z"u8, file.Size);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>A refusal in both spellings: <c>clientToken? c? code o message m</c>.</summary>
    public static byte[] Rejected(string? token, StreamRejection rejection) => Write(json =>
    {
        if (token is not null)
        {
            json.WriteString("clientToken"u8, token);
            json.WriteString("c"u8, token);
        }
        json.WriteString("code"u8, rejection.Code);
        json.WriteString("o"u8, rejection.Code);
        json.WriteString("message"u8, rejection.Message);
        json.WriteString("m"u8, rejection.Message);
    });

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var to = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(to, Plain))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return to.WrittenSpan.ToArray();
    }
}
