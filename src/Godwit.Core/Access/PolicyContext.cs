namespace Godwit.Core.Access;

/// <summary>
/// What is known of a connection when its policies are read: <c>iot:ClientId</c>, <c>iot:Connection.Thing.ThingName</c>, <c>aws:SourceIp</c>,
/// <c>iot:Certificate.…</c>, <c>iot:ConnectAttributes</c>. Names are compared without case. AWS: IoT policy variables.
/// </summary>
public sealed class PolicyContext
{
    private readonly Dictionary<string, IReadOnlyList<string>> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Nothing is known: every variable is unresolved.</summary>
    public static PolicyContext Empty { get; } = new();

    /// <summary>Adds a name with its values; no values at all means that the name is not known.</summary>
    public PolicyContext With(string name, params IReadOnlyList<string> values)
    {
        var next = new PolicyContext();
        foreach (var (key, value) in _values)
            next._values[key] = value;
        if (values.Count > 0)
            next._values[name] = values;
        return next;
    }

    public PolicyContext With(IEnumerable<KeyValuePair<string, string>> values)
    {
        var next = With("", []);
        foreach (var (name, value) in values)
            next._values[name] = [value];
        return next;
    }

    public IReadOnlyList<string>? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>
    /// The text that stands for <c>${name}</c>, or null. A name with several values stands for none of them; a value with a character that patterns or
    /// topic filters give a meaning is never put into a policy, since it would open what the policy closes.
    /// </summary>
    public string? Substitute(string name) =>
        Find(name) is [var value] && value.AsSpan().IndexOfAny("*$+?#\uFFFE\uFFFF") < 0 ? value : null;
}
