namespace Godwit.Core.FleetIndexing;

/// <summary>A query of the fleet index, parsed. AWS: Fleet indexing > Query syntax.</summary>
public abstract record IndexQuery
{
    /// <summary>The fields that the query asks for.</summary>
    public IEnumerable<IndexField> Fields => this switch
    {
        And and => and.Parts.SelectMany(part => part.Fields),
        Or or => or.Parts.SelectMany(part => part.Fields),
        Not not => not.Part.Fields,
        Has has => [has.Field],
        Matches match => [match.Field],
        Within within => [within.Field],
        _ => [],
    };

    /// <summary>A lone <c>*</c>.</summary>
    public sealed record Everything : IndexQuery;

    public sealed record And(IReadOnlyList<IndexQuery> Parts) : IndexQuery;

    public sealed record Or(IReadOnlyList<IndexQuery> Parts) : IndexQuery;

    public sealed record Not(IndexQuery Part) : IndexQuery;

    /// <summary><c>field:*</c>: the field has any value.</summary>
    public sealed record Has(IndexField Field) : IndexQuery;

    /// <summary><c>field:text</c>: one of the field's values is the text, or fits its wildcards; case does not matter.</summary>
    public sealed record Matches(IndexField Field, TextPattern Pattern) : IndexQuery;

    /// <summary>One of the field's values lies between bounds; an absent bound is open. Bounds that are both numbers compare as numbers.</summary>
    public sealed record Within(IndexField Field, RangeBound? Low, RangeBound? High) : IndexQuery
    {
        /// <summary>Whether values count as numbers here; those that are none then lie outside.</summary>
        public bool IsNumeric => Field.Type switch
        {
            IndexFieldType.Number => true,
            IndexFieldType.Any => Low?.Number is not null == (Low is not null) && High?.Number is not null == (High is not null),
            _ => false,
        };
    }
}

/// <summary>An end of a range.</summary>
/// <param name="Text">As written, in lower case.</param>
public sealed record RangeBound(string Text, bool Inclusive)
{
    public double? Number { get; } = IndexNumber.Read(Text);
}
