using Microsoft.Data.Sqlite;

namespace Godwit.Simulation;

/// <summary>A row that was inserted (I), updated (U) or deleted (D), as it was afterwards (D: before).</summary>
/// <param name="Table">J job, P job_progress, R job_target, Q job_pending, E job_execution, M thing_group_member, T thing, F journal.</param>
internal readonly record struct Change(char Table, char What, long Key, long?[] Numbers, string?[] Texts, byte[]? Bytes)
{
    public const int NumberColumns = 10;
    public const int TextColumns = 9;

    public long Number(int place) => Numbers[place] ?? throw new InvalidOperationException($"Number {place} of a change in {Table} is null.");

    public string Text(int place) => Texts[place] ?? throw new InvalidOperationException($"Text {place} of a change in {Table} is null.");

    public static Change Read(SqliteDataReader row)
    {
        var (numbers, texts) = (new long?[NumberColumns], new string?[TextColumns]);
        for (var i = 0; i < NumberColumns; i++)
            numbers[i] = row.IsDBNull(3 + i) ? null : row.GetInt64(3 + i);
        for (var i = 0; i < TextColumns; i++)
            texts[i] = row.IsDBNull(3 + NumberColumns + i) ? null : row.GetString(3 + NumberColumns + i);
        const int bytes = 3 + NumberColumns + TextColumns;
        return new Change(row.GetString(0)[0], row.GetString(1)[0], row.GetInt64(2), numbers, texts, row.IsDBNull(bytes) ? null : (byte[])row.GetValue(bytes));
    }
}

/// <summary>The triggers that write the changes down, in SQLite's temporary schema: the service's own schema is untouched.</summary>
internal static class ChangeLog
{
    public static readonly string Sql = Table + string.Concat(Triggers());

    public const string ReadSql =
        "SELECT k, op, key, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, s0, s1, s2, s3, s4, s5, s6, s7, s8, b FROM sim_change ORDER BY id";

    public const string DropSql = "DELETE FROM sim_change";

    public const string ExecutionNumbers =
        "execution_number, status, version, queued_at_ms, started_at_ms, last_updated_at_ms, in_progress_deadline_at_ms, step_deadline_at_ms, deadline_at_ms";

    public const string Counters = "queued, in_progress, succeeded, failed, timed_out, rejected, removed, canceled";

    private const string Table =
        """
        CREATE TEMP TABLE sim_change (
          id INTEGER PRIMARY KEY, k TEXT, op TEXT, key INTEGER, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, s0, s1, s2, s3, s4, s5, s6, s7, s8, b);

        """;

    private static IEnumerable<string> Triggers() =>
    [
        .. Of("J", "job", "job_key", ["status", "in_progress_timeout_minutes"], ["job_id", "target_selection", "rollout_config", "abort_config", "reason_code"]),
        .. Of("P", "job_progress", "job_key", [.. Counters.Split(", "), "pending", "expanding"], []),
        .. Of("R", "job_target", "job_key", ["position"], ["target_arn", "group_name"], "I"),
        .. Of("Q", "job_pending", "job_key", ["position"], ["thing_name"], "ID"),
        .. Of("E", "job_execution", "job_key", ExecutionNumbers.Split(", "), ["thing_name", "status_details"]),
        .. Of("M", "thing_group_member", "0", [], ["group_name", "thing_name"], "ID"),
        .. Of("T", "thing", "0", [], ["thing_name"], "ID"),
        .. Of("F", "journal", "seq", ["at_ms"], ["account", "who", "kind", "subject", "state_from", "state_to", "why", "thing", "job"], "IUD", "hash"),
    ];

    private static IEnumerable<string> Of(string kind, string table, string key, string[] numbers, string[] texts, string what = "IUD", string? bytes = null)
    {
        foreach (var op in what)
        {
            var row = op == 'D' ? "OLD." : "NEW.";
            var columns = new List<string> { "k", "op", "key" };
            var values = new List<string> { $"'{kind}'", $"'{op}'", key == "0" ? "0" : row + key };
            columns.AddRange(numbers.Select((_, i) => $"n{i}"));
            values.AddRange(numbers.Select(name => row + name));
            columns.AddRange(texts.Select((_, i) => $"s{i}"));
            values.AddRange(texts.Select(name => row + name));
            if (bytes is not null)
            {
                columns.Add("b");
                values.Add(row + bytes);
            }
            var on = op switch { 'I' => "INSERT", 'U' => "UPDATE", _ => "DELETE" };
            yield return $"CREATE TEMP TRIGGER sim_{table}_{on} AFTER {on} ON main.{table} BEGIN "
                + $"INSERT INTO sim_change ({string.Join(", ", columns)}) VALUES ({string.Join(", ", values)}); END;\n";
        }
    }
}
