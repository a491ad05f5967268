using System.Data.Common;
using System.Diagnostics;
using Godwit.Bench.Measuring;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Godwit.Bench.Jobs;

/// <summary>What the database itself can do, on the same files and by the same driver, with nothing of ours in between: the limits.</summary>
public sealed class BareTable : IDisposable
{
    private readonly DbConnection _connection;
    private readonly bool _isSqlite;

    public BareTable(JobsStack stack)
    {
        _isSqlite = stack.ConnectionString is null;
        _connection = _isSqlite ? new SqliteConnection($"Data Source={stack.DatabaseFile};Pooling=False") : new NpgsqlConnection(stack.ConnectionString);
        _connection.Open();
        if (_isSqlite)
            Run("PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=0;");
    }

    public static void CreateDatabase(string server, string name)
    {
        using var connection = new NpgsqlConnection($"{server};Database=postgres;Pooling=False");
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
    }

    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    /// <summary>A row for each thing, to be changed by its key.</summary>
    public void MakeRows(int count)
    {
        Run($"DROP TABLE IF EXISTS bench_row; CREATE TABLE bench_row (thing_name TEXT NOT NULL PRIMARY KEY, status INTEGER NOT NULL, version INTEGER NOT NULL){(_isSqlite ? " WITHOUT ROWID" : "")}");
        Run($"INSERT INTO bench_row WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}) SELECT 't' || SUBSTR(CAST(10000000 + i AS TEXT), 2), 0, 1 FROM n");
    }

    /// <summary>Changes one row after the other, so many in each durable commit.</summary>
    public (double PerSecond, LatencyHistogram Commits) Update(int rows, int perCommit, double seconds)
    {
        using var update = _connection.CreateCommand();
        update.CommandText = "UPDATE bench_row SET status = 1, version = version + 1 WHERE thing_name = @thing";
        var thing = update.CreateParameter();
        (thing.ParameterName, thing.Value) = ("@thing", "");
        update.Parameters.Add(thing);
        update.Prepare();
        var (done, commits, watch) = (0L, new LatencyHistogram(), Stopwatch.StartNew());
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            var begun = Stopwatch.GetTimestamp();
            using var transaction = _connection.BeginTransaction();
            update.Transaction = transaction;
            for (var i = 0; i < perCommit; i++)
            {
                thing.Value = FleetTables.Thing((int)(done++ * 7919 % rows));
                update.ExecuteNonQuery();
            }
            transaction.Commit();
            commits.Record(Stopwatch.GetTimestamp() - begun);
        }
        var rate = done / watch.Elapsed.TotalSeconds;
        Checkpoint();
        return (rate, commits);
    }

    /// <summary>Copies a group's members in one statement and one commit; answers the seconds.</summary>
    public double CopyMembers(string group)
    {
        Run($"DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy (job_key INTEGER NOT NULL, position INTEGER NOT NULL, thing_name TEXT NOT NULL, PRIMARY KEY (job_key, position, thing_name)){(_isSqlite ? " WITHOUT ROWID" : "")}");
        var watch = Stopwatch.StartNew();
        Run($"INSERT INTO bench_copy SELECT 1, 0, thing_name FROM thing_group_member WHERE account = '{JobsStack.Account}' AND group_name = '{group}'");
        var seconds = watch.Elapsed.TotalSeconds;
        Run("DROP TABLE bench_copy");
        Checkpoint();
        return seconds;
    }

    /// <summary>Reads executions by their whole key.</summary>
    public LatencyHistogram ReadByKey(IEnumerable<string> things, long key)
    {
        using var read = _connection.CreateCommand();
        read.CommandText = "SELECT status, version, queued_at_ms FROM job_execution WHERE account = @account AND thing_name = @thing AND job_key = @key AND execution_number = 1";
        foreach (var (name, value) in new (string, object)[] { ("@account", JobsStack.Account), ("@thing", ""), ("@key", key) })
        {
            var parameter = read.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            read.Parameters.Add(parameter);
        }
        read.Prepare();
        var histogram = new LatencyHistogram();
        foreach (var thing in things)
        {
            var begun = Stopwatch.GetTimestamp();
            read.Parameters[1].Value = thing;
            using (var reader = read.ExecuteReader())
                if (!reader.Read())
                    throw new InvalidOperationException($"{thing} has no execution of job {key}.");
            histogram.Record(Stopwatch.GetTimestamp() - begun);
        }
        return histogram;
    }

    /// <summary>Reads so many things behind each name.</summary>
    public LatencyHistogram ReadPages(IEnumerable<string> afterNames, int size)
    {
        using var read = _connection.CreateCommand();
        read.CommandText = "SELECT thing_name, thing_type_name, attributes, version FROM thing WHERE account = @account AND thing_name > @after ORDER BY thing_name LIMIT @limit";
        foreach (var (name, value) in new (string, object)[] { ("@account", JobsStack.Account), ("@after", ""), ("@limit", (long)size) })
        {
            var parameter = read.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            read.Parameters.Add(parameter);
        }
        read.Prepare();
        var histogram = new LatencyHistogram();
        foreach (var after in afterNames)
        {
            var begun = Stopwatch.GetTimestamp();
            read.Parameters[1].Value = after;
            var (rows, bytes) = (0, 0);
            using (var reader = read.ExecuteReader())
                for (; reader.Read(); rows++)
                    bytes += reader.GetString(0).Length + reader.GetString(2).Length;
            histogram.Record(Stopwatch.GetTimestamp() - begun);
            if (rows != size || bytes == 0)
                throw new InvalidOperationException($"There are {rows} things behind {after}.");
        }
        return histogram;
    }

    public void Dispose() => _connection.Dispose();

    private void Checkpoint()
    {
        if (_isSqlite)
            Run("PRAGMA wal_checkpoint(PASSIVE);");
    }
}
