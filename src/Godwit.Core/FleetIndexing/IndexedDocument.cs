using System.Globalization;

namespace Godwit.Core.FleetIndexing;

/// <summary>A thing or a thing group as its index holds it.</summary>
public sealed record IndexedDocument
{
    public required string Name { get; init; }

    public string Id { get; init; } = "";

    public string? ThingType { get; init; }

    /// <summary>The groups of a thing, or those above a group.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    public string? Description { get; init; }

    public long Version { get; init; }

    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    public bool Connected { get; init; }

    /// <summary>When it came or left, in milliseconds of the epoch; null for a thing that was never seen.</summary>
    public long? ConnectivityTimestamp { get; init; }

    public string? DisconnectReason { get; init; }

    /// <summary>Whether the query finds it. The rule in plain words; the database answers the same by SQL.</summary>
    public bool Fits(IndexQuery query) => query switch
    {
        IndexQuery.Everything => true,
        IndexQuery.And and => and.Parts.All(Fits),
        IndexQuery.Or or => or.Parts.Any(Fits),
        IndexQuery.Not not => !Fits(not.Part),
        IndexQuery.Has has => Values(has.Field).Any(),
        IndexQuery.Matches match => Values(match.Field).Any(
            value => match.Field.Kind == IndexFieldKind.Description ? match.Pattern.FitsWords(value) : match.Pattern.Fits(value)),
        IndexQuery.Within within => Values(within.Field).Any(value => LiesWithin(within, value)),
        _ => throw new InvalidOperationException($"No rule for {query.GetType()}."),
    };

    /// <summary>The values of a field; none where the document does not have it.</summary>
    public IEnumerable<string> Values(IndexField field) => field.Kind switch
    {
        IndexFieldKind.Name => [Name],
        IndexFieldKind.Id => [Id],
        IndexFieldKind.ThingType => Optional(ThingType),
        IndexFieldKind.Groups or IndexFieldKind.Parents => Groups,
        IndexFieldKind.Description => Optional(Description),
        IndexFieldKind.Version => [Version.ToString(CultureInfo.InvariantCulture)],
        IndexFieldKind.Attribute when field.Attribute is { } name => Optional(Attributes.GetValueOrDefault(name)),
        IndexFieldKind.Attribute => Attributes.Values,
        IndexFieldKind.Connected => [Connected ? "true" : "false"],
        IndexFieldKind.ConnectivityTimestamp => Optional(ConnectivityTimestamp?.ToString(CultureInfo.InvariantCulture)),
        IndexFieldKind.DisconnectReason => Optional(DisconnectReason),
        _ => [],
    };

    private static bool LiesWithin(IndexQuery.Within within, string value)
    {
        if (!within.IsNumeric)
            return Admits(within.Low, text => string.CompareOrdinal(TextPattern.Fold(value), text.Text))
                && Admits(within.High, text => string.CompareOrdinal(text.Text, TextPattern.Fold(value)));
        return IndexNumber.Read(value) is { } number
            && Admits(within.Low, bound => number.CompareTo(bound.Number))
            && Admits(within.High, bound => -number.CompareTo(bound.Number));
    }

    private static bool Admits(RangeBound? bound, Func<RangeBound, int> compare) =>
        bound is null || compare(bound) is var side && (side > 0 || side == 0 && bound.Inclusive);

    private static IEnumerable<string> Optional(string? value) => value is null ? [] : [value];
}
