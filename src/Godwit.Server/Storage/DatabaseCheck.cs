using Dapper;

namespace Godwit.Server.Storage;

/// <summary>Whether a database is what it should be: the file's structure, the journal's chain, counters against rows. Reads only; a service may run on it.</summary>
public static class DatabaseCheck
{
    /// <param name="Faults">What is wrong, each with its cause; empty for a good database.</param>
    public sealed record Findings(JournalCheck Journal, IReadOnlyDictionary<string, long> Rows, IReadOnlyList<string> Faults, IReadOnlyList<string> BytesIds);

    private const string WrongCounters =
        """
        SELECT j.account || '/' || j.job_id FROM job_progress p JOIN job j ON j.job_key = p.job_key
        LEFT JOIN (
          SELECT job_key, SUM(CASE WHEN status = 0 THEN 1 ELSE 0 END) AS q, SUM(CASE WHEN status = 1 THEN 1 ELSE 0 END) AS i,
            SUM(CASE WHEN status = 2 THEN 1 ELSE 0 END) AS s, SUM(CASE WHEN status = 3 THEN 1 ELSE 0 END) AS f
          FROM job_execution GROUP BY job_key) e ON e.job_key = p.job_key
        WHERE j.status <> 4 AND p.sweep = 0
          AND (p.queued <> COALESCE(e.q, 0) OR p.in_progress <> COALESCE(e.i, 0) OR p.succeeded < COALESCE(e.s, 0) OR p.failed < COALESCE(e.f, 0))
        ORDER BY 1 LIMIT 20
        """;

    public static Findings Run(Dialect dialect)
    {
        using var connection = dialect.OpenReader();
        using var view = dialect.BeginRead(connection);
        var faults = dialect.Damage(connection).ToList();
        var journal = JournalCheck.Run(connection);
        if (journal.Break is { } broken)
            faults.Add($"The journal's chain breaks at record {broken}: that record, or one before it, was changed after it was written.");
        faults.AddRange(connection.Query<string>(WrongCounters, transaction: view).Select(job => $"The counters of job {job} differ from its executions."));
        var rows = dialect.Tables(connection, view).ToDictionary(table => table, table => connection.ExecuteScalar<long>($"SELECT COUNT(*) FROM {table}", transaction: view));
        var bytes = BytesTables(connection, view, rows.Keys).ToList()
            .SelectMany(table => connection.Query<string>($"SELECT DISTINCT bytes_id FROM {table} WHERE bytes_id IS NOT NULL", transaction: view)).Distinct().ToList();
        return new Findings(journal, rows, faults, bytes);
    }

    /// <summary>Whatever table refers to object bytes does it by a column of this name.</summary>
    private static IEnumerable<string> BytesTables(System.Data.Common.DbConnection connection, System.Data.Common.DbTransaction view, IEnumerable<string> tables)
    {
        foreach (var table in tables)
        {
            using var reader = connection.ExecuteReader($"SELECT * FROM {table} LIMIT 0", transaction: view);
            if (Enumerable.Range(0, reader.FieldCount).Any(i => reader.GetName(i) == "bytes_id"))
                yield return table;
        }
    }
}
