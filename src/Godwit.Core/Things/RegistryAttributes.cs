namespace Godwit.Core.Things;

/// <summary>Attributes of things and thing groups: how a request changes them and how many there may be.</summary>
public static class RegistryAttributes
{
    /// <summary>AWS: a thing without a type has at most three attributes.</summary>
    public const int UntypedMax = 3;

    /// <summary>AWS: a thing with a type, and a thing group, has at most fifty.</summary>
    public const int TypedMax = 50;

    /// <summary>
    /// The attributes after a request: those given replace all there were, or with <paramref name="merge"/> are laid over them.
    /// An empty value removes its attribute. Null leaves all as it was.
    /// </summary>
    public static SortedDictionary<string, string> Apply(
        IReadOnlyDictionary<string, string> current, IReadOnlyDictionary<string, string>? given, bool merge)
    {
        var next = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (merge || given is null)
            foreach (var (name, value) in current)
                next[name] = value;
        foreach (var (name, value) in given ?? Empty)
            if (value.Length > 0)
                next[name] = value;
            else
                next.Remove(name);
        return next;
    }

    /// <summary>Why a thing cannot have these attributes, or null.</summary>
    public static ServiceError? RefuseForThing(IReadOnlyCollection<KeyValuePair<string, string>> attributes, string? thingType) =>
        attributes.Count <= (thingType is null ? UntypedMax : TypedMax) ? null
        : thingType is null
            ? Errors.InvalidRequest($"A thing without a thing type has at most {UntypedMax} attributes, not {attributes.Count}. Give it a thing type, or fewer attributes.")
            : Errors.InvalidRequest($"A thing has at most {TypedMax} attributes, not {attributes.Count}.");

    /// <summary>Why a thing group cannot have these attributes, or null.</summary>
    public static ServiceError? RefuseForGroup(IReadOnlyCollection<KeyValuePair<string, string>> attributes) =>
        attributes.Count <= TypedMax ? null : Errors.InvalidRequest($"A thing group has at most {TypedMax} attributes, not {attributes.Count}.");

    private static readonly Dictionary<string, string> Empty = [];
}
