namespace Godwit.Server.Http.Binding;

/// <summary>The types of AWS's service models.</summary>
public enum ShapeKind
{
    Structure,
    List,
    Map,
    String,
    Blob,
    Boolean,
    Integer,
    Long,
    Double,
    Timestamp,
}

/// <summary>Where a member travels.</summary>
public enum MemberLocation
{
    Body,
    Uri,
    Query,
    Header,

    /// <summary>The member is the whole body, as it is.</summary>
    RawBody,
}

/// <summary>A type of a service model with its constraints.</summary>
public sealed class Shape(string name, ShapeKind kind)
{
    public string Name => name;

    public ShapeKind Kind => kind;

    /// <summary>The least value of a number; the least length of a text, blob or list.</summary>
    public decimal? Min { get; init; }

    /// <summary>The greatest value of a number; the greatest length of a text, blob or list.</summary>
    public decimal? Max { get; init; }

    public ModelPattern? Pattern { get; init; }

    /// <summary>The values of an enumeration in the model's order, or null for any.</summary>
    public IReadOnlyList<string>? Enum { get; init; }

    /// <summary>Its values must not be repeated in messages or logs.</summary>
    public bool IsSensitive { get; init; }

    /// <summary>A structure's members in the model's order.</summary>
    public IReadOnlyList<ShapeMember> Members { get; internal set; } = [];

    /// <summary>What a list holds, or the values of a map.</summary>
    public Shape? Element { get; internal set; }

    public Shape? Key { get; internal set; }

    public bool IsScalar => kind is not (ShapeKind.Structure or ShapeKind.List or ShapeKind.Map);

    /// <summary>The index of the member of this wire name in <see cref="Members"/>, or -1.</summary>
    public int IndexOf(string wireName) => (_indexes ??= Index()).TryGetValue(wireName, out var index) ? index : -1;

    private Dictionary<string, int>? _indexes;

    private Dictionary<string, int> Index()
    {
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Members.Count; i++)
        {
            if (Members[i].Location == MemberLocation.Body)
                indexes[Members[i].WireName] = i;
        }

        return indexes;
    }
}

/// <summary>A member of a structure.</summary>
/// <param name="Name">As messages and C# know it.</param>
/// <param name="WireName">As it stands in the body, the query, the URI or a header.</param>
public sealed record ShapeMember(string Name, string WireName, Shape Shape, MemberLocation Location, bool IsRequired, bool IsJsonText);
