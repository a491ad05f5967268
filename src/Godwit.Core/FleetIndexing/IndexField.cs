namespace Godwit.Core.FleetIndexing;

/// <summary>What a field of the index is about.</summary>
public enum IndexFieldKind
{
    Name,
    Id,
    ThingType,

    /// <summary>The groups that a thing is in.</summary>
    Groups,

    /// <summary>The groups above a group.</summary>
    Parents,

    Description,
    Version,

    /// <summary>An attribute; without a name, any.</summary>
    Attribute,

    Connected,
    ConnectivityTimestamp,
    DisconnectReason,

    /// <summary>A field of shadows, which are not kept: no thing has it.</summary>
    Shadow,
}

/// <summary>How a field's values compare. <see cref="Any"/>: as numbers where both sides are numbers.</summary>
public enum IndexFieldType
{
    Any,
    Text,
    Number,
    Boolean,
}

/// <summary>A field of an index, found by the name that queries use.</summary>
/// <param name="Attribute">The attribute's name, where it is one.</param>
public sealed record IndexField(IndexFieldKind Kind, IndexFieldType Type, string? Attribute = null);
