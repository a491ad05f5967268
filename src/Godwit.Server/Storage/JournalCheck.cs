using System.Data.Common;
using Dapper;
using Godwit.Core.Journal;

namespace Godwit.Server.Storage;

/// <summary>What following the journal from its first record to its last has shown.</summary>
/// <param name="Break">The first record whose hash does not follow, or null.</param>
public sealed record JournalCheck(long Records, string LastHash, long? Break)
{
    public static JournalCheck Run(DbConnection connection)
    {
        var (chain, count) = (FactChain.Start, 0L);
        foreach (var row in connection.Query<Row>(
                     """
                     SELECT seq AS "Seq", at_ms AS "AtMs", account AS "Account", who AS "Who", kind AS "Kind", subject AS "Subject", state_from AS "StateFrom", state_to AS "StateTo",
                       why AS "Why", thing AS "Thing", job AS "Job", hash AS "Hash" FROM journal ORDER BY seq
                     """,
                     buffered: false))
        {
            var expected = FactChain.Next(chain, row.AtMs, new Fact(row.Account, row.Who, row.Kind, row.Subject, row.StateFrom, row.StateTo, row.Why, row.Thing, row.Job));
            // A retention that has cut the journal leaves its last hash as the new beginning.
            if (!expected.AsSpan().SequenceEqual(row.Hash) && !(count == 0 && row.Kind == Retained))
                return new JournalCheck(count, Convert.ToHexStringLower(chain), row.Seq);
            (chain, count) = (row.Hash, count + 1);
        }
        return new JournalCheck(count, Convert.ToHexStringLower(chain), null);
    }

    /// <summary>The latest time among the last records; null for an empty journal.</summary>
    public static DateTimeOffset? LastAt(Dialect dialect)
    {
        using var connection = dialect.OpenReader();
        return connection.ExecuteScalar<long?>("SELECT MAX(at_ms) FROM journal WHERE seq > (SELECT MAX(seq) FROM journal) - 1000") is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
    }

    /// <summary>The kind of a record that stands for those before it, which a retention has removed.</summary>
    public const string Retained = "JournalCut";

    private sealed record Row
    {
        public long Seq { get; init; }

        public long AtMs { get; init; }

        public string Account { get; init; } = "";

        public string Who { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Subject { get; init; } = "";

        public string? StateFrom { get; init; }

        public string? StateTo { get; init; }

        public string? Why { get; init; }

        public string? Thing { get; init; }

        public string? Job { get; init; }

        public byte[] Hash { get; init; } = [];
    }
}
