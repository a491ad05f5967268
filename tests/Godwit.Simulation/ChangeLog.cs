using System.Collections.Frozen;
using Microsoft.Data.Sqlite;

namespace Godwit.Simulation;

/// <summary>A row that was inserted (I), updated (U) or deleted (D), as it was afterwards (D: before).</summary>
/// <param name="Table">J job, P job_progress, R job_target, Q job_pending, E job_execution, M thing_group_member, T thing, U ota_update, S stream, V object_version, F journal.</param>
internal readonly record struct Change(char Table, char What, long Key, long?[] Numbers, string?[] Texts, byte[]? Bytes)
{
    public const int NumberColumns = 12;
    public const int TextColumns = 9;

    private const int FirstNumber = 3;
    private const int FirstText = FirstNumber + NumberColumns;
    private const int Hash = FirstText + TextColumns;

    public long Number(int place) => Numbers[place] ?? throw new InvalidOperationException($"Number {place} of a change in {Table} is null.");

    public string Text(int place) => Texts[place] ?? throw new InvalidOperationException($"Text {place} of a change in {Table} is null.");

    public static Change Read(SqliteDataReader row)
    {
        var table = row.GetString(0)[0];
        // Only what this table's triggers fill: a value costs a call into SQLite.
        var (numberCount, textCount) = ChangeLog.Shapes[table];
        var (numbers, texts) = (new long?[numberCount], new string?[textCount]);
        for (var i = 0; i < numberCount; i++)
            numbers[i] = row.IsDBNull(FirstNumber + i) ? null : row.GetInt64(FirstNumber + i);
        for (var i = 0; i < textCount; i++)
            texts[i] = row.IsDBNull(FirstText + i) ? null : row.GetString(FirstText + i);
        return new Change(table, row.GetString(1)[0], row.GetInt64(2), numbers, texts, table == 'F' ? (byte[])row.GetValue(Hash) : null);
    }
}

/// <summary>The triggers that write the changes down, in SQLite's temporary schema: the service's own schema is untouched.</summary>
internal static class ChangeLog
{
    private static readonly Watched[] s_watched =
    [
        new("J", "job", "job_key", ["status", "in_progress_timeout_minutes", "paused", "force_canceled"],
            ["job_id", "target_selection", "reason_code", "rollout_config", "abort_config", "retry_config", "scheduling_config", "controls"]),
        new("P", "job_progress", "job_key", [.. Counters.Split(", "), "pending", "expanding", "leaving", "sweep"], []),
        new("R", "job_target", "job_key", ["position"], ["target_arn", "group_name"], "I"),
        new("Q", "job_pending", "job_key", ["position"], ["thing_name"], "ID"),
        new("E", "job_execution", "job_key", ExecutionNumbers.Split(", "), ["thing_name", "status_details"]),
        new("M", "thing_group_member", "0", [], ["group_name", "thing_name"], "ID"),
        new("T", "thing", "0", [], ["thing_name"], "ID"),
        new("U", "ota_update", "0", ["delete_stream", "force_delete_job"], ["ota_update_id", "status", "step", "stream_id", "job_id", "error_code", "error_message", "job_document"]),
        new("S", "stream", "0", [], ["stream_id"], "ID"),
        new("V", "object_version", "0", [], ["object_key", "version_id"], "D"),
        new("F", "journal", "seq", ["at_ms"], ["account", "who", "kind", "subject", "state_from", "state_to", "why", "thing", "job"], "IUD", "hash"),
    ];

    public static readonly string Sql = Table + string.Concat(s_watched.SelectMany(Triggers));

    /// <summary>How many numbers and texts a change in a table has.</summary>
    public static FrozenDictionary<char, (int Numbers, int Texts)> Shapes { get; } =
        s_watched.ToFrozenDictionary(watched => watched.Kind[0], watched => (watched.Numbers.Length, watched.Texts.Length));

    public const string ReadSql =
        "SELECT k, op, key, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, s0, s1, s2, s3, s4, s5, s6, s7, s8, b FROM sim_change ORDER BY id";

    public const string DropSql = "DELETE FROM sim_change";

    public const string ExecutionNumbers =
        "execution_number, status, version, queued_at_ms, started_at_ms, last_updated_at_ms, in_progress_deadline_at_ms, step_deadline_at_ms, deadline_at_ms";

    public const string Counters = "queued, in_progress, succeeded, failed, timed_out, rejected, removed, canceled";

    private const string Table =
        """
        CREATE TEMP TABLE sim_change (
          id INTEGER PRIMARY KEY, k TEXT, op TEXT, key INTEGER, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, s0, s1, s2, s3, s4, s5, s6, s7, s8, b);

        """;

    private static IEnumerable<string> Triggers(Watched of)
    {
        foreach (var op in of.What)
        {
            var row = op == 'D' ? "OLD." : "NEW.";
            var columns = new List<string> { "k", "op", "key" };
            var values = new List<string> { $"'{of.Kind}'", $"'{op}'", of.Key == "0" ? "0" : row + of.Key };
            columns.AddRange(of.Numbers.Select((_, i) => $"n{i}"));
            values.AddRange(of.Numbers.Select(name => row + name));
            columns.AddRange(of.Texts.Select((_, i) => $"s{i}"));
            values.AddRange(of.Texts.Select(name => row + name));
            if (of.Bytes is not null)
            {
                columns.Add("b");
                values.Add(row + of.Bytes);
            }
            var on = op switch { 'I' => "INSERT", 'U' => "UPDATE", _ => "DELETE" };
            yield return $"CREATE TEMP TRIGGER sim_{of.Table}_{on} AFTER {on} ON main.{of.Table} BEGIN "
                + $"INSERT INTO sim_change ({string.Join(", ", columns)}) VALUES ({string.Join(", ", values)}); END;\n";
        }
    }

    private sealed record Watched(string Kind, string Table, string Key, string[] Numbers, string[] Texts, string What = "IUD", string? Bytes = null);
}
