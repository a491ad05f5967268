namespace Godwit.Core.FleetIndexing;

/// <summary>The fields that an index has as it is configured, and the names by which queries know them.</summary>
public sealed class IndexSchema
{
    private const string AttributePrefix = "attributes.";

    private static readonly Dictionary<string, IndexField> ThingFields = new(StringComparer.Ordinal)
    {
        ["thingName"] = new(IndexFieldKind.Name, IndexFieldType.Text),
        ["thingId"] = new(IndexFieldKind.Id, IndexFieldType.Text),
        ["thingTypeName"] = new(IndexFieldKind.ThingType, IndexFieldType.Text),
        ["registry.thingTypeName"] = new(IndexFieldKind.ThingType, IndexFieldType.Text),
        ["thingGroupNames"] = new(IndexFieldKind.Groups, IndexFieldType.Text),
        ["registry.thingGroupNames"] = new(IndexFieldKind.Groups, IndexFieldType.Text),
        ["registry.version"] = new(IndexFieldKind.Version, IndexFieldType.Number),
    };

    private static readonly Dictionary<string, IndexField> ConnectivityFields = new(StringComparer.Ordinal)
    {
        ["connectivity.connected"] = new(IndexFieldKind.Connected, IndexFieldType.Boolean),
        ["connectivity.timestamp"] = new(IndexFieldKind.ConnectivityTimestamp, IndexFieldType.Number),
        ["connectivity.disconnectReason"] = new(IndexFieldKind.DisconnectReason, IndexFieldType.Text),
    };

    private static readonly Dictionary<string, IndexField> GroupFields = new(StringComparer.Ordinal)
    {
        ["thingGroupName"] = new(IndexFieldKind.Name, IndexFieldType.Text),
        ["thingGroupId"] = new(IndexFieldKind.Id, IndexFieldType.Text),
        ["thingGroupDescription"] = new(IndexFieldKind.Description, IndexFieldType.Text),
        ["description"] = new(IndexFieldKind.Description, IndexFieldType.Text),
        ["parentGroupNames"] = new(IndexFieldKind.Parents, IndexFieldType.Text),
        ["version"] = new(IndexFieldKind.Version, IndexFieldType.Number),
    };

    private readonly Dictionary<string, IndexField> _fields;
    private readonly IReadOnlyDictionary<string, IndexFieldType> _custom;
    private readonly bool _connectivity;
    private readonly bool _shadows;

    private IndexSchema(Dictionary<string, IndexField> fields, IReadOnlyDictionary<string, IndexFieldType> custom, bool connectivity, bool shadows) =>
        (_fields, _custom, _connectivity, _shadows) = (fields, custom, connectivity, shadows);

    /// <summary>Where a term without a field is looked for.</summary>
    public IReadOnlyList<IndexField> Everywhere { get; private init; } = [];

    /// <param name="custom">Types of custom fields, by their full names.</param>
    public static IndexSchema Things(bool connectivity, bool shadows, IReadOnlyDictionary<string, IndexFieldType>? custom = null) =>
        new(ThingFields, custom ?? NoTypes, connectivity, shadows)
        {
            Everywhere = [ThingFields["thingName"], ThingFields["thingId"], ThingFields["thingTypeName"], ThingFields["thingGroupNames"], AnyAttribute],
        };

    public static IndexSchema ThingGroups(IReadOnlyDictionary<string, IndexFieldType>? custom = null) => new(GroupFields, custom ?? NoTypes, false, false)
    {
        Everywhere =
        [
            GroupFields["thingGroupName"], GroupFields["thingGroupId"], GroupFields["thingGroupDescription"], GroupFields["parentGroupNames"], AnyAttribute,
        ],
    };

    /// <summary>The field of a name, or why there is none; names are case-sensitive.</summary>
    public Result<IndexField> Find(string name)
    {
        if (_fields.TryGetValue(name, out var field))
            return field;
        if (name.StartsWith(AttributePrefix, StringComparison.Ordinal) && name.Length > AttributePrefix.Length)
            return new IndexField(IndexFieldKind.Attribute, _custom.GetValueOrDefault(name), name[AttributePrefix.Length..]);
        if (ConnectivityFields.TryGetValue(name, out var connectivity))
            return _connectivity
                ? connectivity
                : IndexErrors.InvalidQuery($"Field {name} is not indexed. Set thingConnectivityIndexingMode to STATUS with UpdateIndexingConfiguration.");
        if (name.StartsWith("shadow.", StringComparison.Ordinal))
            return _shadows
                ? new IndexField(IndexFieldKind.Shadow, IndexFieldType.Any)
                : IndexErrors.InvalidQuery($"Field {name} is not indexed. Set thingIndexingMode to REGISTRY_AND_SHADOW with UpdateIndexingConfiguration.");
        return IndexErrors.InvalidQuery($"Field {name} is not known to this index. It has {string.Join(", ", Known())} (names are case-sensitive).");
    }

    private static readonly IndexField AnyAttribute = new(IndexFieldKind.Attribute, IndexFieldType.Text);

    private static readonly Dictionary<string, IndexFieldType> NoTypes = [];

    private IEnumerable<string> Known() => _fields.Keys.Append("attributes.NAME").Concat(_connectivity ? ConnectivityFields.Keys : []);
}
