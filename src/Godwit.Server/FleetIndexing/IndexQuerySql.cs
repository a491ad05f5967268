using Godwit.Core.FleetIndexing;

namespace Godwit.Server.FleetIndexing;

/// <summary>
/// A query as a condition on <c>thing t</c> of <c>@account</c>, for both databases. Each term is a set that the database finds once, so a search costs the
/// same whatever it finds; <see cref="IndexedDocument.Fits"/> is the rule that it must agree with.
/// </summary>
internal sealed class IndexQuerySql
{
    private readonly Dictionary<string, object?> _args = new(StringComparer.Ordinal);
    private readonly bool _staticGroupsOnly;

    private IndexQuerySql(bool staticGroupsOnly) => _staticGroupsOnly = staticGroupsOnly;

    public string Where { get; private set; } = "";

    /// <param name="staticGroupsOnly">Queries of dynamic groups do not see dynamic groups: their members would otherwise depend on one another.</param>
    public static IndexQuerySql Of(IndexQuery query, string account, bool staticGroupsOnly = false)
    {
        var sql = new IndexQuerySql(staticGroupsOnly) { _args = { ["account"] = account } };
        sql.Where = sql.Condition(query);
        return sql;
    }

    /// <summary>The parameters of <see cref="Where"/> and others beside them.</summary>
    public Dictionary<string, object?> Args(params ReadOnlySpan<(string Name, object? Value)> others)
    {
        var all = new Dictionary<string, object?>(_args, StringComparer.Ordinal);
        foreach (var (name, value) in others)
            all[name] = value;
        return all;
    }

    private string Condition(IndexQuery query) => query switch
    {
        IndexQuery.Everything => "1 = 1",
        IndexQuery.And and => "(" + string.Join(" AND ", and.Parts.Select(Condition)) + ")",
        IndexQuery.Or or => "(" + string.Join(" OR ", or.Parts.Select(Condition)) + ")",
        IndexQuery.Not not => $"NOT ({Condition(not.Part)})",
        IndexQuery.Has has => OnField(has.Field, column => $"{column} IS NOT NULL"),
        IndexQuery.Matches { Field.Kind: IndexFieldKind.Connected } match => OnField(match.Field, column => $"{column} = {(match.Pattern.Literal == "true" ? 1 : 0)}"),
        IndexQuery.Matches match => OnField(match.Field, column => Fits(column, match.Pattern)),
        IndexQuery.Within within => OnField(within.Field, column => LiesWithin(column, within)),
        _ => throw new InvalidOperationException($"No SQL for {query.GetType()}."),
    };

    private string OnField(IndexField field, Func<string, string> condition) => field.Kind switch
    {
        IndexFieldKind.Name => condition("t.thing_name"),
        IndexFieldKind.Id => condition("t.thing_id"),
        IndexFieldKind.ThingType => $"(t.thing_type_name IS NOT NULL AND {condition("t.thing_type_name")})",
        IndexFieldKind.Version => condition("t.version"),
        IndexFieldKind.Groups =>
            $"""
            t.thing_name IN (SELECT m.thing_name FROM thing_group_member m WHERE m.account = @account AND m.group_name IN (
              SELECT g.group_name FROM thing_group g WHERE g.account = @account AND {condition("g.group_name")}{(_staticGroupsOnly ? " AND g.query_string IS NULL" : "")}))
            """,
        IndexFieldKind.Attribute =>
            $"""
            t.thing_name IN (SELECT a.thing_name FROM thing_attribute a WHERE a.account = @account
              {(field.Attribute is { } name ? $"AND a.attribute_name = {Arg(name)} " : "")}AND {condition("a.attribute_value")})
            """,
        // A thing that was never seen is not connected.
        IndexFieldKind.Connected =>
            condition("COALESCE((SELECT n.connected FROM thing_connectivity n WHERE n.account = @account AND n.thing_name = t.thing_name), 0)"),
        IndexFieldKind.ConnectivityTimestamp => OnConnectivity(condition("n.at_ms")),
        IndexFieldKind.DisconnectReason => OnConnectivity($"n.reason IS NOT NULL AND {condition("n.reason")}"),
        _ => "1 = 0",
    };

    private static string OnConnectivity(string condition) =>
        $"t.thing_name IN (SELECT n.thing_name FROM thing_connectivity n WHERE n.account = @account AND {condition})";

    private string Fits(string column, TextPattern pattern) =>
        pattern.Literal is { } literal ? $"lower({column}) = {Arg(literal)}" : $"lower({column}) LIKE {Arg(pattern.Like)} ESCAPE '\\'";

    private string LiesWithin(string column, IndexQuery.Within within)
    {
        var value = !within.IsNumeric ? $"lower({column})" : column is "t.version" or "n.at_ms" ? column : NumberOf(column);
        return (within.Low, within.High) switch
        {
            ({ } low, null) => Bound(value, ">", low, within.IsNumeric),
            (null, { } high) => Bound(value, "<", high, within.IsNumeric),
            ({ } low, { } high) => $"{Bound(value, ">", low, within.IsNumeric)} AND {Bound(value, "<", high, within.IsNumeric)}",
            _ => "1 = 1",
        };
    }

    private string Bound(string value, string side, RangeBound bound, bool numeric) =>
        $"{value} {side}{(bound.Inclusive ? "=" : "")} {Arg(numeric ? bound.Number : bound.Text)}";

    /// <summary>The number that a text is by <see cref="IndexNumber"/>, else NULL. A CASE asks first, because PostgreSQL fails on what is none.</summary>
    private static string NumberOf(string column)
    {
        var digits = $"(CASE WHEN {column} LIKE '-%' THEN substr({column}, 2) ELSE {column} END)";
        return $"""
            (CASE WHEN length({column}) <= {IndexNumber.LengthMax} AND ltrim({digits}, '0123456789.') = '' AND length(replace({digits}, '.', '')) > 0
              AND length({digits}) - length(replace({digits}, '.', '')) <= 1 THEN CAST({column} AS DOUBLE PRECISION) END)
            """;
    }

    private string Arg(object? value)
    {
        var name = "q" + _args.Count;
        _args[name] = value;
        return "@" + name;
    }
}
