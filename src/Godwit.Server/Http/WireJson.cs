using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>How records become restJson1 and back: epoch seconds, doubles with a fraction, no nulls, no escapes that are not needed.</summary>
public static class WireJson
{
    public static JsonSerializerOptions Options { get; } = Make(JsonNamingPolicy.CamelCase);

    /// <summary>The same for services whose members begin with capitals, as ACM's do.</summary>
    public static JsonSerializerOptions Capitals { get; } = Make(null);

    private static JsonSerializerOptions Make(JsonNamingPolicy? names)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = names,
            // Requests carry the model's own names: otaUpdateId, Key, OTAUpdateId.
            PropertyNameCaseInsensitive = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new EpochSeconds(), new JavaDouble(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false) },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>For example <c>1575414146.286</c>.</summary>
    private sealed class EpochSeconds : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            DateTimeOffset.FromUnixTimeMilliseconds((long)(reader.GetDecimal() * 1000m));

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.ToUnixTimeMilliseconds() / 1000m);
    }

    /// <summary>For example <c>2.0</c>: some clients tell a float from an integer by it.</summary>
    private sealed class JavaDouble : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteRawValue(JavaText.Of(value));
    }
}
