using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.FleetIndexing;

/// <summary>AWS_ThingGroups: groups are few beside things, so the rule itself looks at each of them as it is read.</summary>
internal sealed class ThingGroupIndexView(ReadSession session, string account, IndexSchema schema, IndexQuery query) : IIndexView
{
    public IndexSchema Schema => schema;

    public List<IndexedDocument> Search(string after, int limit) => [.. Found(after).Take(limit)];

    public int Count() => Found("").Count();

    public IEnumerable<string> Values(IndexField field) => Found("").SelectMany(group => group.Values(field));

    private IEnumerable<IndexedDocument> Found(string after)
    {
        var above = session.Query<(string Group, string Above)>(
            """
            SELECT c.descendant, c.ancestor FROM thing_group_closure c JOIN thing_group g ON g.account = c.account AND g.group_name = c.ancestor
            WHERE c.account = @account AND c.ancestor <> c.descendant AND c.descendant > @after ORDER BY g.depth
            """,
            new { account, after }).ToLookup(row => row.Group, row => row.Above);
        return session.Stream<Row>("SELECT * FROM thing_group WHERE account = @account AND group_name > @after ORDER BY group_name", new { account, after })
            .Select(row => new IndexedDocument
            {
                Name = row.GroupName,
                Id = row.GroupId,
                Description = row.Description,
                Version = row.Version,
                Attributes = AttributeText.Read(row.Attributes),
                Groups = [.. above[row.GroupName]],
            })
            .Where(group => group.Fits(query));
    }

    private sealed record Row
    {
        public string GroupName { get; init; } = "";

        public string GroupId { get; init; } = "";

        public string? Description { get; init; }

        public string Attributes { get; init; } = "{}";

        public long Version { get; init; }
    }
}
