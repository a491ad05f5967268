using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Godwit.Server.Storage;

/// <summary>SQLite's connections, settings and checkpoints. WAL with <c>synchronous=FULL</c>: a commit is on disk before anyone hears of it.</summary>
public class Sqlite(string path) : Dialect
{
    /// <summary>Older libraries can corrupt the file when two connections checkpoint at once (fixed in 3.51.3).</summary>
    private static readonly Version VersionMin = new(3, 51, 3);

    /// <summary>Pages of write-ahead log after which it is folded back, off the writer's path: 16 MiB.</summary>
    private const int CheckpointPages = 4096;

    private const int Busy = 5;
    private const int IoError = 10;
    private const int Full = 13;
    private const int CannotOpen = 14;

    private readonly Lock _checkpointing = new();
    private SqliteConnection? _checkpointer;
    private volatile bool _checkpointRuns;

    public override int ReadersMax => 64;

    public override string? UpgradeCopies => UpgradeCopiesBeside(path);

    public override DbConnection OpenWriter()
    {
        var connection = Open(SqliteOpenMode.ReadWriteCreate);
        CheckLibrary((string)Scalar(connection, "SELECT sqlite_version()")!);
        Run(connection, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-65536;");
        SqliteFunctions.AddTo(connection);
        return connection;
    }

    /// <exception cref="StorageException">The library is too old to be trusted with a database.</exception>
    internal static void CheckLibrary(string version)
    {
        if (Version.Parse(version) < VersionMin)
            throw new StorageException($"The SQLite library is {version}; {VersionMin} or newer is needed, older ones can corrupt the database.");
    }

    public override DbConnection OpenReader() => Open(SqliteOpenMode.ReadOnly);

    public override DbTransaction BeginWrite(DbConnection writer) => ((SqliteConnection)writer).BeginTransaction(deferred: false);

    public override DbTransaction BeginRead(DbConnection reader) => ((SqliteConnection)reader).BeginTransaction(deferred: true);

    public override bool Answers(DbConnection connection) => true;

    public override string Translate(string script) => script;

    public override StorageException? Explain(Exception failure) => failure switch
    {
        StorageException known => known,
        SqliteException { SqliteErrorCode: Busy or IoError or Full or CannotOpen } refusal =>
            new StorageException($"The database {path} cannot serve: {refusal.Message}", failure),
        _ => null,
    };

    /// <summary>What SQLite did not commit is rolled back, at the latest by the next opening.</summary>
    public override bool SaysUndone(Exception failure) => true;

    public override void Committed() => CheckpointWhenLarge();

    /// <summary>Folds the log back on another thread once it is large, so that no commit waits for it.</summary>
    public virtual void CheckpointWhenLarge()
    {
        if (_checkpointRuns || new FileInfo(path + "-wal") is not { Exists: true } log || log.Length < CheckpointPages * 4096L)
            return;
        _checkpointRuns = true;
        ThreadPool.UnsafeQueueUserWorkItem(_ => Checkpoint(), null);
    }

    /// <summary>After a failed sync the kernel may have dropped the pages, so nothing read back can be trusted: stop, and recover from the log at the next start.</summary>
    public override void Failed(Exception failure)
    {
        const int ioErrorFsync = IoError | (4 << 8);
        const int ioErrorDirFsync = IoError | (5 << 8);
        if (failure is SqliteException { SqliteExtendedErrorCode: ioErrorFsync or ioErrorDirFsync })
            Environment.Exit(74);
    }

    public override void CloseWriter(DbConnection writer)
    {
        lock (_checkpointing)
        {
            _checkpointer?.Dispose();
            Run((SqliteConnection)writer, "PRAGMA wal_checkpoint(TRUNCATE);");
        }
        writer.Dispose();
    }

    public override IReadOnlyList<string> Tables(DbConnection connection, DbTransaction transaction) =>
        connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name", transaction: transaction).AsList();

    public override IEnumerable<string> Damage(DbConnection connection) =>
        connection.Query<string>("PRAGMA integrity_check(20)").Where(line => line != "ok").Select(line => $"SQLite finds the file damaged: {line}.");

    public override void WriteCopy(string file, TimeProvider time, IReadOnlySet<string>? scripts = null)
    {
        using var connection = Open(SqliteOpenMode.ReadOnly);
        SqliteFunctions.AddTo(connection);
        connection.Execute("VACUUM INTO @file", new { file });
    }

    private void Checkpoint()
    {
        try
        {
            lock (_checkpointing)
                Run(_checkpointer ??= Open(SqliteOpenMode.ReadWrite), "PRAGMA wal_checkpoint(PASSIVE);");
        }
        catch (SqliteException)
        {
            // A busy or failing checkpoint only leaves the log longer; the next commit tries again.
        }
        catch (ObjectDisposedException)
        {
            // The database is closing and folds the log itself.
        }
        finally
        {
            _checkpointRuns = false;
        }
    }

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        Run(connection, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=10000; PRAGMA mmap_size=268435456;");
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
