using System.Globalization;
using System.Text.Json;
using Godwit.Core;

namespace Godwit.Server.Http.Binding;

/// <summary>
/// One pass over a request along its shape: types, constraints, and a copy of what is known. The first wrong type ends it, as in AWS, where a
/// request is read before it is validated.
/// </summary>
internal sealed class ShapeReader(Utf8JsonWriter writer, Violations violations)
{
    private ServiceError? _unreadable;

    private bool Ended => _unreadable is not null || violations.IsFull;

    public ServiceError? Error(OperationModel operation) =>
        _unreadable ?? (violations.Any ? violations.ToError(operation.ConstraintException) : null);

    public void ReadRequest(Shape input, HttpParts parts, JsonElement? body)
    {
        if (body is { ValueKind: not JsonValueKind.Object })
        {
            _unreadable = SerializationErrors.NotAnObject;
            return;
        }

        var given = body is { } root ? Members(input, root, "") : new JsonElement[input.Members.Count];
        writer.WriteStartObject();
        foreach (var index in ViolationOrder.Of(input))
        {
            if (Ended)
                return;
            ReadTopMember(input.Members[index], parts, given[index]);
        }

        writer.WriteEndObject();
        writer.Flush();
    }

    private void ReadTopMember(ShapeMember member, HttpParts parts, JsonElement given)
    {
        switch (member.Location)
        {
            case MemberLocation.Body:
                ReadMember(member, member.Name, given);
                break;
            case MemberLocation.RawBody:
                ReadRawBody(member, parts.Body);
                break;
            case MemberLocation.Uri:
                ReadText(member, parts.Labels.GetValueOrDefault(member.WireName));
                break;
            case MemberLocation.Header:
                ReadText(member, member.IsJsonText ? FromBase64(member, parts.Header(member.WireName)) : parts.Header(member.WireName));
                break;
            case MemberLocation.Query when member.Shape.Kind == ShapeKind.List:
                ReadQueryList(member, [.. parts.Query.Where(p => p.Key == member.WireName).Select(p => p.Value)]);
                break;
            default:
                ReadText(member, parts.Query.Where(p => p.Key == member.WireName).Select(p => p.Value).FirstOrDefault());
                break;
        }
    }

    private void ReadMember(ShapeMember member, string path, JsonElement given)
    {
        if (given.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            if (member.IsRequired)
                violations.Add(path, null, isSensitive: false, Violations.NotNull);
            return;
        }

        writer.WritePropertyName(member.Name);
        Read(member.Shape, given, path);
    }

    private void Read(Shape shape, JsonElement value, string path)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Structure:
                ReadStructure(shape, value, path);
                break;
            case ShapeKind.List:
                ReadList(shape, value, path);
                break;
            case ShapeKind.Map:
                ReadMap(shape, value, path);
                break;
            default:
                if (Copy(shape, value, path) is { } scalar)
                    Check(shape, scalar, value, path);
                break;
        }
    }

    private void ReadStructure(Shape shape, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            _unreadable = SerializationErrors.WrongType(path, value, shape.Kind);
            return;
        }

        var given = Members(shape, value, path);
        writer.WriteStartObject();
        foreach (var index in ViolationOrder.Of(shape))
        {
            if (Ended)
                return;
            ReadMember(shape.Members[index], $"{path}.{shape.Members[index].Name}", given[index]);
        }

        writer.WriteEndObject();
    }

    private void ReadList(Shape shape, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            _unreadable = SerializationErrors.WrongType(path, value, shape.Kind);
            return;
        }

        CheckLength(shape, value.GetArrayLength(), path, () => JavaText.Of(shape, value));
        var element = shape.Element!;
        var (position, broken) = (0, false);
        writer.WriteStartArray();
        foreach (var item in value.EnumerateArray())
        {
            if (Ended)
                return;
            var itemPath = $"{path}.{++position}.member";
            if (item.ValueKind == JsonValueKind.Null)
                violations.Add(itemPath, null, isSensitive: false, Violations.NotNull);
            else if (!element.IsScalar)
                Read(element, item, itemPath);
            else
                broken |= Copy(element, item, itemPath) is { } scalar && !Satisfies(element, scalar);
        }

        writer.WriteEndArray();
        if (broken && _unreadable is null)
            violations.Add(path, JavaText.Of(shape, value), shape.IsSensitive || element.IsSensitive, $"Member must satisfy constraint: {Violations.AllOf(element)}");
    }

    private void ReadMap(Shape shape, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            _unreadable = SerializationErrors.WrongType(path, value, shape.Kind);
            return;
        }

        CheckLength(shape, value.GetPropertyCount(), path, () => JavaText.Of(shape, value));
        var (badKey, badValue) = (false, false);
        writer.WriteStartObject();
        foreach (var pair in value.EnumerateObject())
        {
            if (Ended || Name(pair, path) is not { } key)
                return;
            badKey |= !Satisfies(shape.Key!, new Scalar(key, 0));
            if (pair.Value.ValueKind == JsonValueKind.Null)
                continue;
            writer.WritePropertyName(key);
            if (!shape.Element!.IsScalar)
                Read(shape.Element, pair.Value, $"{path}.{key}.member");
            else
                badValue |= Copy(shape.Element, pair.Value, $"{path}.{key}") is { } scalar && !Satisfies(shape.Element, scalar);
        }

        writer.WriteEndObject();
        if (_unreadable is not null)
            return;
        var secret = shape.IsSensitive || shape.Element!.IsSensitive;
        if (badKey)
            violations.Add(path, JavaText.Of(shape, value), secret, $"Map keys must satisfy constraint: {Violations.AllOf(shape.Key!)}");
        if (badValue)
            violations.Add(path, JavaText.Of(shape, value), secret, $"Map value must satisfy constraint: {Violations.AllOf(shape.Element!)}");
    }

    /// <summary>Query, header and label values are texts; they become JSON first, so that all values are read alike.</summary>
    private void ReadText(ShapeMember member, string? text)
    {
        if (text is null)
        {
            ReadMember(member, member.Name, default);
            return;
        }

        if (AsJson(member.Shape, text) is not { } json)
        {
            _unreadable ??= SerializationErrors.BadValue(member.Name, $"'{Shortened(text)}' can not be read as {member.Shape.Kind.ToString().ToLowerInvariant()}");
            return;
        }

        using var document = JsonDocument.Parse(json);
        ReadMember(member, member.Name, document.RootElement);
    }

    private void ReadQueryList(ShapeMember member, string[] texts)
    {
        if (texts.Length == 0)
        {
            ReadMember(member, member.Name, default);
            return;
        }

        using var document = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(texts));
        ReadMember(member, member.Name, document.RootElement);
    }

    private void ReadRawBody(ShapeMember member, ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty && !member.IsRequired)
            return;
        writer.WriteBase64String(member.Name, body.Span);
    }

    private static byte[]? AsJson(Shape shape, string text) => shape.Kind switch
    {
        ShapeKind.Integer => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? JsonSerializer.SerializeToUtf8Bytes(n) : null,
        ShapeKind.Long => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? JsonSerializer.SerializeToUtf8Bytes(n) : null,
        ShapeKind.Boolean => bool.TryParse(text, out var b) ? JsonSerializer.SerializeToUtf8Bytes(b) : null,
        // Timestamps outside of bodies are written as dates. AWS: restJson1, timestampFormat date-time.
        ShapeKind.Timestamp => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? JsonSerializer.SerializeToUtf8Bytes(time.ToUnixTimeMilliseconds() / 1000m) : null,
        _ => JsonSerializer.SerializeToUtf8Bytes(text),
    };

    private string? FromBase64(ShapeMember member, string? text)
    {
        if (text is null)
            return null;
        try
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            _unreadable = SerializationErrors.BadValue(member.Name, $"Header {member.WireName} is not base64");
            return null;
        }
    }

    /// <summary>A structure's given members, each at its place in the model.</summary>
    private JsonElement[] Members(Shape shape, JsonElement value, string path)
    {
        var given = new JsonElement[shape.Members.Count];
        foreach (var property in value.EnumerateObject())
        {
            if (Name(property, path) is not { } name)
                break;
            if (shape.IndexOf(name) is >= 0 and var index)
                given[index] = property.Value;
        }

        return given;
    }

    private string? Name(JsonProperty property, string path)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            _unreadable = SerializationErrors.BadValue(path, "A member's name holds half of a surrogate pair or is not UTF-8");
            return null;
        }
    }

    /// <summary>A scalar as constraints look at it: its text, or its size (a number's value, a blob's length).</summary>
    private readonly record struct Scalar(string? Text, decimal Size);

    /// <summary>Copies a scalar of the right type; null (and <see cref="_unreadable"/> set) for any other.</summary>
    private Scalar? Copy(Shape shape, JsonElement value, string path)
    {
        switch (shape.Kind)
        {
            // PostgreSQL keeps no U+0000; where a pattern does not refuse it anyway, both databases are alike.
            case ShapeKind.String when value.ValueKind == JsonValueKind.String && shape.Pattern is null && TextOf(value)?.Contains('\0') == true:
                _unreadable = SerializationErrors.BadValue(path, "The text holds U+0000, which cannot be kept");
                return null;
            case ShapeKind.String when value.ValueKind == JsonValueKind.String && TextOf(value) is { } text:
                writer.WriteStringValue(text);
                return new Scalar(text, 0);
            case ShapeKind.String when value.ValueKind == JsonValueKind.String:
                _unreadable = SerializationErrors.BadValue(path, "The text holds half of a surrogate pair or is not UTF-8");
                return null;
            case ShapeKind.Boolean when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                writer.WriteBooleanValue(value.GetBoolean());
                return new Scalar(null, 0);
            case ShapeKind.Integer or ShapeKind.Long when value.ValueKind == JsonValueKind.Number && Whole(shape, value) is { } whole:
                writer.WriteNumberValue(whole);
                return new Scalar(null, whole);
            case ShapeKind.Integer or ShapeKind.Long when value.ValueKind == JsonValueKind.Number:
                _unreadable = SerializationErrors.BadValue(path, $"{Shortened(value.GetRawText())} is no {shape.Kind} or too large for one");
                return null;
            case ShapeKind.Double when value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number):
                writer.WriteNumberValue(number);
                return new Scalar(null, number is > -1e28 and < 1e28 ? (decimal)number : number > 0 ? decimal.MaxValue : decimal.MinValue);
            case ShapeKind.Timestamp when value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var seconds) && seconds is > -62135596800m and < 253402300800m:
                writer.WriteNumberValue(seconds);
                return new Scalar(null, 0);
            case ShapeKind.Blob when value.ValueKind == JsonValueKind.String && TextOf(value) is not null && value.TryGetBytesFromBase64(out var bytes):
                writer.WriteBase64StringValue(bytes);
                return new Scalar(null, bytes.Length);
            case ShapeKind.Blob when value.ValueKind == JsonValueKind.String:
                _unreadable = SerializationErrors.BadValue(path, "The text is not base64");
                return null;
            default:
                _unreadable = SerializationErrors.WrongType(path, value, shape.Kind);
                return null;
        }
    }

    private static decimal? Whole(Shape shape, JsonElement value)
    {
        if (!value.TryGetDecimal(out var number) || number != decimal.Truncate(number))
            return null;
        var (least, greatest) = shape.Kind == ShapeKind.Integer ? (int.MinValue, int.MaxValue) : ((decimal)long.MinValue, (decimal)long.MaxValue);
        return number >= least && number <= greatest ? decimal.Truncate(number) : null;
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>One entry for each constraint that a plain member breaks; AWS names the pattern before the length.</summary>
    private void Check(Shape shape, Scalar scalar, JsonElement value, string path)
    {
        if (Satisfies(shape, scalar))
            return;
        var shown = JavaText.Of(shape, value);
        if (shape.Enum is not null && !shape.Enum.Contains(scalar.Text!))
            violations.Add(path, shown, shape.IsSensitive, Violations.OneOf(shape));
        if (shape.Pattern is not null && !shape.Pattern.IsMatch(scalar.Text!))
            violations.Add(path, shown, shape.IsSensitive, Violations.Pattern(shape));
        if (Size(shape, scalar) > shape.Max)
            violations.Add(path, shown, shape.IsSensitive, Violations.AtMost(shape));
        if (Size(shape, scalar) < shape.Min)
            violations.Add(path, shown, shape.IsSensitive, Violations.AtLeast(shape));
    }

    private void CheckLength(Shape shape, int length, string path, Func<string> shown)
    {
        if (length > shape.Max)
            violations.Add(path, shown(), shape.IsSensitive, Violations.AtMost(shape));
        if (length < shape.Min)
            violations.Add(path, shown(), shape.IsSensitive, Violations.AtLeast(shape));
    }

    private static bool Satisfies(Shape shape, Scalar scalar) =>
        !(Size(shape, scalar) > shape.Max) && !(Size(shape, scalar) < shape.Min)
        && (shape.Enum is null || shape.Enum.Contains(scalar.Text!))
        && (shape.Pattern is null || shape.Pattern.IsMatch(scalar.Text!));

    /// <summary>Texts are measured in code points.</summary>
    private static decimal Size(Shape shape, Scalar scalar)
    {
        if (shape.Kind != ShapeKind.String)
            return scalar.Size;
        var length = scalar.Text!.Length;
        foreach (var c in scalar.Text)
        {
            if (char.IsLowSurrogate(c))
                length--;
        }

        return length;
    }

    private static string Shortened(string text) => text.Length > 100 ? text[..100] : text;
}
