using System.Formats.Cbor;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Core;

namespace Godwit.Server.Provisioning.Device;

/// <summary>
/// The two encodings of fleet provisioning: the last level of the topic says which. A message is a map of texts, one of which may be a map of texts itself.
/// </summary>
internal static class DeviceFormat
{
    private const int MembersMax = 100;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsCbor(string topic) => topic.EndsWith("/cbor", StringComparison.Ordinal);

    /// <summary>Texts by name, those of a map within by <c>map.name</c>. An empty payload is an empty message.</summary>
    public static Result<IReadOnlyDictionary<string, string>> Read(bool cbor, ReadOnlyMemory<byte> payload)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        if (payload.IsEmpty)
            return members;
        try
        {
            if (cbor)
                ReadCbor(new CborReader(payload, CborConformanceMode.Lax), "", members);
            else
                ReadJson(payload, members);
            return members;
        }
        catch (Exception broken) when (broken is CborContentException or InvalidOperationException or OverflowException)
        {
            return Errors.InvalidRequest("The payload is not a CBOR map of texts.");
        }
        catch (JsonException)
        {
            return Errors.InvalidRequest("The payload is not a JSON object of strings.");
        }
    }

    /// <param name="members">Texts, and maps of texts.</param>
    public static byte[] Write(bool cbor, IEnumerable<(string Name, object Value)> members) => cbor ? WriteCbor(members) : WriteJson(members);

    private static void ReadJson(ReadOnlyMemory<byte> payload, Dictionary<string, string> members)
    {
        using var document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = 4 });
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Object)
                foreach (var inner in member.Value.EnumerateObject())
                    Add(members, $"{member.Name}.{inner.Name}", inner.Value);
            else
                Add(members, member.Name, member.Value);
        }
    }

    private static void Add(Dictionary<string, string> members, string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String || members.Count >= MembersMax)
            throw new JsonException();
        members[name] = value.GetString()!;
    }

    private static void ReadCbor(CborReader reader, string prefix, Dictionary<string, string> members)
    {
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            var name = prefix + reader.ReadTextString();
            if (members.Count >= MembersMax)
                throw new InvalidOperationException();
            if (prefix.Length == 0 && reader.PeekState() == CborReaderState.StartMap)
                ReadCbor(reader, name + ".", members);
            else
                members[name] = reader.ReadTextString();
        }
        reader.ReadEndMap();
    }

    private static byte[] WriteJson(IEnumerable<(string Name, object Value)> members)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Compact))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in members)
                switch (value)
                {
                    case int number:
                        writer.WriteNumber(name, number);
                        break;
                    case IReadOnlyDictionary<string, string> map:
                        writer.WriteStartObject(name);
                        foreach (var (key, text) in map)
                            writer.WriteString(key, text);
                        writer.WriteEndObject();
                        break;
                    default:
                        writer.WriteString(name, (string)value);
                        break;
                }
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static byte[] WriteCbor(IEnumerable<(string Name, object Value)> members)
    {
        var writer = new CborWriter();
        var all = members.ToList();
        writer.WriteStartMap(all.Count);
        foreach (var (name, value) in all)
        {
            writer.WriteTextString(name);
            switch (value)
            {
                case int number:
                    writer.WriteInt32(number);
                    break;
                case IReadOnlyDictionary<string, string> map:
                    writer.WriteStartMap(map.Count);
                    foreach (var (key, text) in map)
                    {
                        writer.WriteTextString(key);
                        writer.WriteTextString(text);
                    }
                    writer.WriteEndMap();
                    break;
                default:
                    writer.WriteTextString((string)value);
                    break;
            }
        }
        writer.WriteEndMap();
        return writer.Encode();
    }
}
