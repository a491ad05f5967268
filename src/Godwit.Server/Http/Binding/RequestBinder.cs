using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Core;

namespace Godwit.Server.Http.Binding;

/// <summary>
/// restJson1: takes an operation's members from URI, query, headers and body, checks every type and constraint of the model, and writes what it
/// knows as one JSON object by the members' names. Members that the model does not know are left out.
/// </summary>
public static class RequestBinder
{
    /// <summary>The models nest 8 deep; more in a member that nobody knows is still bounded.</summary>
    private const int DepthMax = 32;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    private static readonly JsonWriterOptions Writing = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the request to <paramref name="output"/>, or says what is wrong with it.</summary>
    public static ServiceError? Bind(OperationModel operation, HttpParts parts, IBufferWriter<byte> output)
    {
        if (operation.Input is not { } input)
        {
            output.Write("{}"u8);
            return null;
        }

        // GET and DELETE of these services carry no body members; some clients send {} all the same.
        var hasBody = input.Members.Any(member => member.Location == MemberLocation.Body) && !parts.Body.IsEmpty;
        JsonDocument? document = null;
        try
        {
            if (hasBody)
                document = Parse(parts.Body);
            using var writer = new Utf8JsonWriter(output, Writing);
            var reading = new ShapeReader(writer, new Violations());
            reading.ReadRequest(input, parts, document?.RootElement);
            return reading.Error(operation);
        }
        catch (JsonException broken)
        {
            return SerializationErrors.NotJson(broken);
        }
        finally
        {
            document?.Dispose();
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body, Reading);
        }
        catch (InvalidOperationException unreadable)
        {
            // Thrown for a member's name that is no text: half of a surrogate pair, or not UTF-8.
            throw new JsonException(unreadable.Message, unreadable);
        }
    }
}
