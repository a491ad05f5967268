using System.Text.Json;
using Godwit.Core;
using Godwit.Mqtt.Packets;

namespace Godwit.Server.Mqtt;

/// <summary>The user properties of Publish: JSON with an object for each, such as <c>[{"deviceName":"alpha"},{"deviceCnt":"45"}]</c>. Order and repeats mean something in MQTT 5 and stay.</summary>
internal static class PublishedUserProperties
{
    /// <summary>AWS: IoT Core message broker limits > publish: total size of all properties of a request.</summary>
    private const int BytesMax = 8 * 1024;

    private const string Form = "Give a JSON array with one object for each property, such as [{\"deviceName\":\"alpha\"}], of at most 8192 bytes.";

    public static Result<List<UserProperty>> Read(string json, int most)
    {
        if (json.Length > BytesMax)
            return Wrong($"have {json.Length} characters.");
        try
        {
            using var document = JsonDocument.Parse(json);
            // SDKs encode what they are given; a text that is JSON already arrives encoded twice.
            return document.RootElement.ValueKind == JsonValueKind.String ? Read(document.RootElement.GetString()!, most) : Read(document.RootElement, most);
        }
        catch (JsonException)
        {
            return Wrong("are no JSON.");
        }
    }

    private static Result<List<UserProperty>> Read(JsonElement root, int most)
    {
        var found = new List<UserProperty>();
        if (root.ValueKind != JsonValueKind.Array)
            return Wrong("are no array.");
        foreach (var one in root.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Object)
                return Wrong("hold something that is no object.");
            foreach (var property in one.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.String || property.Name.Contains('\0', StringComparison.Ordinal) || property.Value.GetString()!.Contains('\0', StringComparison.Ordinal))
                    return Wrong($"hold '{property.Name}', whose value is no text.");
                found.Add(new UserProperty(property.Name, property.Value.GetString()!));
            }
        }
        return found.Count <= most ? found : Wrong($"are {found.Count}; a message carries {most}.");
    }

    private static ServiceError Wrong(string what) => Errors.InvalidRequest($"x-amz-mqtt5-user-properties {what} {Form}");
}
