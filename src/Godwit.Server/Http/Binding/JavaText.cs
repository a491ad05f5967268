using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Godwit.Server.Http.Binding;

/// <summary>Values as Java prints them, which is how AWS's messages show them.</summary>
public static class JavaText
{
    /// <summary>For example <c>[RetryCriteria(failureType=FAILED, numberOfRetries=1)]</c>, <c>{colour=red}</c>, <c>101.0</c>.</summary>
    public static string Of(Shape shape, JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, shape, value);
        return text.ToString();
    }

    /// <summary>The shortest decimal that reads back as the same number, with a fraction always: <c>2.0</c>, <c>1.0E10</c>. It is valid JSON too.</summary>
    public static string Of(double number)
    {
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        if (Math.Abs(number) is 0 or (>= 1e-3 and < 1e7))
            return shortest.Contains('.', StringComparison.Ordinal) ? shortest : shortest + ".0";
        var sign = number < 0 ? "-" : "";
        var parts = shortest.TrimStart('-').Split('E');
        var point = parts[0].IndexOf('.', StringComparison.Ordinal) is >= 0 and var at ? at : parts[0].Length;
        var digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        var zeros = digits.Length - digits.TrimStart('0').Length;
        var exponent = point - 1 - zeros + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        var significant = digits.Trim('0');
        return $"{sign}{significant[0]}.{(significant.Length > 1 ? significant[1..] : "0")}E{exponent}";
    }

    private static void Append(StringBuilder text, Shape shape, JsonElement value)
    {
        if (shape.IsSensitive)
            text.Append("***");
        else if (shape.Kind == ShapeKind.Structure && value.ValueKind == JsonValueKind.Object)
            AppendStructure(text, shape, value);
        else if (shape.Kind == ShapeKind.Map && value.ValueKind == JsonValueKind.Object)
            AppendAll(text, '{', '}', value.EnumerateObject(), pair => Append(text.Append(pair.Name).Append('='), shape.Element!, pair.Value));
        else if (shape.Kind == ShapeKind.List && value.ValueKind == JsonValueKind.Array)
            AppendAll(text, '[', ']', value.EnumerateArray(), item => Append(text, shape.Element!, item));
        else if (shape.Kind == ShapeKind.Blob && value.TryGetBytesFromBase64(out var bytes))
            text.Append(CultureInfo.InvariantCulture, $"java.nio.HeapByteBuffer[pos=0 lim={bytes.Length} cap={bytes.Length}]");
        else if (shape.Kind == ShapeKind.Double && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number))
            text.Append(Of(number));
        else
            text.Append(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
    }

    private static void AppendStructure(StringBuilder text, Shape shape, JsonElement value)
    {
        text.Append(shape.Name).Append('(');
        var separator = "";
        foreach (var member in shape.Members)
        {
            if (!value.TryGetProperty(member.WireName, out var given) || given.ValueKind == JsonValueKind.Null)
                continue;
            text.Append(separator).Append(member.Name).Append('=');
            Append(text, member.Shape, given);
            separator = ", ";
        }

        text.Append(')');
    }

    private static void AppendAll<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Action<T> append)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
                text.Append(", ");
            append(item);
            first = false;
        }

        text.Append(close);
    }
}
