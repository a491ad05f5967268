using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;

namespace Godwit.Server.FleetIndexing;

/// <summary>AWS_Things: the database finds; no list of the fleet passes through memory.</summary>
internal sealed class ThingIndexView(ReadSession session, string account, IndexSchema schema, IndexQuery query) : IIndexView
{
    private readonly IndexQuerySql _sql = IndexQuerySql.Of(query, account);

    public IndexSchema Schema => schema;

    public List<IndexedDocument> Search(string after, int limit)
    {
        var names = session.Query<string>(
            $"SELECT t.thing_name FROM thing t WHERE t.account = @account AND t.thing_name > @after AND {_sql.Where} ORDER BY t.thing_name LIMIT @limit",
            _sql.Args(("after", after), ("limit", limit)));
        return IndexedThings.Load(session, account, names);
    }

    public int Count() => (int)session.First<long>($"SELECT COUNT(*) FROM thing t WHERE t.account = @account AND {_sql.Where}", _sql.Args());

    public IEnumerable<string> Values(IndexField field)
    {
        var (value, join) = field.Kind switch
        {
            IndexFieldKind.Name => ("t.thing_name", ""),
            IndexFieldKind.Id => ("t.thing_id", ""),
            IndexFieldKind.ThingType => ("t.thing_type_name", ""),
            IndexFieldKind.Version => ("CAST(t.version AS TEXT)", ""),
            IndexFieldKind.Groups => ("m.group_name", "JOIN thing_group_member m ON m.account = t.account AND m.thing_name = t.thing_name"),
            IndexFieldKind.Attribute => (
                "a.attribute_value", "JOIN thing_attribute a ON a.account = t.account AND a.attribute_name = @attribute AND a.thing_name = t.thing_name"),
            IndexFieldKind.Connected => ("CASE WHEN n.connected = 1 THEN 'true' ELSE 'false' END", Connectivity),
            IndexFieldKind.ConnectivityTimestamp => ("CAST(n.at_ms AS TEXT)", Connectivity),
            IndexFieldKind.DisconnectReason => ("n.reason", Connectivity),
            _ => ("NULL", ""),
        };
        return session.Stream<string?>($"SELECT {value} FROM thing t {join} WHERE t.account = @account AND {_sql.Where}", _sql.Args(("attribute", field.Attribute)))
            .OfType<string>();
    }

    private const string Connectivity = "LEFT JOIN thing_connectivity n ON n.account = t.account AND n.thing_name = t.thing_name";
}
