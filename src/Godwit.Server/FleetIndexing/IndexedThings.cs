using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.FleetIndexing;

/// <summary>Things as the index holds them.</summary>
internal static class IndexedThings
{
    /// <summary>A statement names at most so many things.</summary>
    public const int ChunkMax = 500;

    /// <summary>The things of these names that there are, in the order of their names.</summary>
    /// <param name="staticGroupsOnly">Leaves dynamic groups out of <see cref="IndexedDocument.Groups"/>.</param>
    public static List<IndexedDocument> Load(ReadSession session, string account, IReadOnlyCollection<string> names, bool staticGroupsOnly = false)
    {
        if (names.Count == 0)
            return [];
        var (list, args) = NameList.Of(names, ("account", account));
        var rows = session.Query<Row>(
            $"""
            SELECT t.thing_name, t.thing_id, t.thing_type_name, t.attributes, t.version, n.connected, n.at_ms, n.reason FROM thing t
            LEFT JOIN thing_connectivity n ON n.account = t.account AND n.thing_name = t.thing_name
            WHERE t.account = @account AND t.thing_name IN {list} ORDER BY t.thing_name
            """,
            args);
        var groups = session.Query<(string Thing, string Group)>(
            $"""
            SELECT m.thing_name, m.group_name FROM thing_group_member m
            {(staticGroupsOnly ? "JOIN thing_group g ON g.account = m.account AND g.group_name = m.group_name AND g.query_string IS NULL" : "")}
            WHERE m.account = @account AND m.thing_name IN {list} ORDER BY m.group_name
            """,
            args).ToLookup(row => row.Thing, row => row.Group);
        return rows.ConvertAll(row => new IndexedDocument
        {
            Name = row.ThingName,
            Id = row.ThingId,
            ThingType = row.ThingTypeName,
            Attributes = AttributeText.Read(row.Attributes),
            Version = row.Version,
            Groups = [.. groups[row.ThingName]],
            Connected = row.Connected == 1,
            ConnectivityTimestamp = row.AtMs,
            DisconnectReason = row.Reason,
        });
    }

    private sealed record Row
    {
        public string ThingName { get; init; } = "";

        public string ThingId { get; init; } = "";

        public string? ThingTypeName { get; init; }

        public string Attributes { get; init; } = "{}";

        public long Version { get; init; }

        public long? Connected { get; init; }

        public long? AtMs { get; init; }

        public string? Reason { get; init; }
    }
}
