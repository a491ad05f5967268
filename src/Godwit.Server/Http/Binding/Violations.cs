using System.Globalization;
using System.Text;
using Godwit.Core;

namespace Godwit.Server.Http.Binding;

/// <summary>
/// The constraints that a request breaks, worded as AWS does:
/// <c>1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1</c>.
/// </summary>
public sealed class Violations
{
    /// <summary>Further ones are not looked for: a message is for reading.</summary>
    public const int Max = 20;

    private readonly List<string> _all = [];

    /// <summary>Values are repeated in the message up to here, all together: AWS repeats them whole, and the largest that a model allows has 64 KiB.</summary>
    private int _valueCharsLeft = 80_000;

    public bool IsFull => _all.Count >= Max;

    public bool Any => _all.Count > 0;

    /// <param name="value">The value's text; null for one that is missing or must not be shown.</param>
    public void Add(string path, string? value, bool isSensitive, string constraint)
    {
        if (IsFull)
            return;
        var repeated = value is null || value.Length <= _valueCharsLeft ? value : value[.._valueCharsLeft];
        var shown = isSensitive ? "Value" : repeated is null ? "Value null" : $"Value '{repeated}'";
        _valueCharsLeft -= repeated?.Length ?? 0;
        _all.Add($"{shown} at '{path}' failed to satisfy constraint: {constraint}");
    }

    public ServiceError ToError(string exception) =>
        new(exception, 400, $"{_all.Count} validation error{(_all.Count == 1 ? "" : "s")} detected: {string.Join("; ", _all)}");

    public const string NotNull = "Member must not be null";

    public static string Pattern(Shape shape) => $"Member must satisfy regular expression pattern: {shape.Pattern!.Source}";

    public static string OneOf(Shape shape) => $"Member must satisfy enum value set: [{string.Join(", ", shape.Enum!)}]";

    public static string AtMost(Shape shape) => $"Member must have {Measure(shape)} less than or equal to {Text(shape.Max)}";

    public static string AtLeast(Shape shape) => $"Member must have {Measure(shape)} greater than or equal to {Text(shape.Min)}";

    /// <summary>
    /// Everything that a map's keys or values, or a list's plain items, must satisfy; AWS then names all of it and not the item.
    /// A greatest length alone implies a least one of 0.
    /// </summary>
    public static string AllOf(Shape shape)
    {
        var all = new List<string>();
        if (shape.Max is not null)
            all.Add(AtMost(shape));
        if (shape.Min is not null)
            all.Add(AtLeast(shape));
        else if (shape.Max is not null && Measure(shape) == "length")
            all.Add("Member must have length greater than or equal to 0");
        if (shape.Pattern is not null)
            all.Add(Pattern(shape));
        if (shape.Enum is not null)
            all.Add(OneOf(shape));
        return new StringBuilder("[").AppendJoin(", ", all).Append(']').ToString();
    }

    private static string Measure(Shape shape) => shape.Kind is ShapeKind.Integer or ShapeKind.Long or ShapeKind.Double ? "value" : "length";

    private static string Text(decimal? limit) => limit!.Value.ToString(CultureInfo.InvariantCulture);
}
