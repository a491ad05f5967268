using System.Text.Json;
using Godwit.Core;

namespace Godwit.Server.Http.Binding;

/// <summary>Requests that cannot be read at all. AWS names the exception so on every service; it is in no model.</summary>
public static class SerializationErrors
{
    public const string Exception = "SerializationException";

    public static ServiceError NotJson(JsonException broken) => new(
        Exception, 400,
        broken.LineNumber is null
            ? "The request body is not valid JSON (a member is given twice, or its name is no text). Send one JSON object, each member once."
            : $"The request body is not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}). Send one JSON object, each member once.");

    public static ServiceError NotAnObject => new(Exception, 400, "Start of structure or map found where not expected. Send one JSON object.");

    /// <summary>For example <c>STRING_VALUE can not be converted to an Integer (at 'files.1.member.fileType')</c>.</summary>
    public static ServiceError WrongType(string path, JsonElement value, ShapeKind wanted) => wanted switch
    {
        ShapeKind.List => new(Exception, 400, $"Expected list or null (at '{path}')"),
        ShapeKind.Map or ShapeKind.Structure => new(Exception, 400, $"Expected map or null (at '{path}')"),
        _ when value.ValueKind == JsonValueKind.Object => new(Exception, 400, $"Start of structure or map found where not expected (at '{path}')"),
        _ when value.ValueKind == JsonValueKind.Array => new(Exception, 400, $"Start of list found where not expected (at '{path}')"),
        _ => new(Exception, 400, $"{ValueName(value.ValueKind)} can not be converted to {TypeName(wanted)} (at '{path}')"),
    };

    public static ServiceError BadValue(string path, string cause) => new(Exception, 400, $"{cause} (at '{path}')");

    private static string ValueName(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => "STRING_VALUE",
        JsonValueKind.Number => "NUMBER_VALUE",
        JsonValueKind.True => "TRUE_VALUE",
        JsonValueKind.False => "FALSE_VALUE",
        _ => "NULL_VALUE",
    };

    private static string TypeName(ShapeKind kind) => kind switch
    {
        ShapeKind.Integer => "an Integer",
        ShapeKind.Long => "a Long",
        ShapeKind.Double => "a Double",
        ShapeKind.Boolean => "a Boolean",
        ShapeKind.Timestamp => "a Timestamp",
        ShapeKind.Blob => "a Blob",
        _ => "a String",
    };
}
