using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Godwit.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Godwit.Simulation;

/// <summary>The process was killed: whatever statement it was at, it runs no other.</summary>
internal sealed class KilledException() : Exception("The server was killed here.");

/// <summary>
/// The world's database: SQLite in memory, the same for every server that lives in the world one after the other. Triggers of the simulation's own
/// write down each row that changes, so that the model learns of changes from the database and from nothing else.
/// </summary>
internal sealed class SimStorage : IDisposable
{
    private const string NoAttributes = "{}";

    [ThreadStatic]
    private static SqliteConnection? s_template;

    private readonly SqliteCommand _readChanges;
    private readonly SqliteCommand _dropChanges;

    public SimStorage(int things, IReadOnlyList<(string Group, string? Parent, int From, int To)> groups)
    {
        Raw = Open();
        (s_template ??= Template()).BackupDatabase(Raw);
        Fill(things, groups);
        Run(Raw, ChangeLog.Sql);
        _readChanges = Raw.CreateCommand();
        _readChanges.CommandText = ChangeLog.ReadSql;
        _dropChanges = Raw.CreateCommand();
        _dropChanges.CommandText = ChangeLog.DropSql;
    }

    public SqliteConnection Raw { get; }

    public List<Change> TakeChanges(SqliteTransaction transaction)
    {
        _readChanges.Transaction = _dropChanges.Transaction = transaction;
        var changes = new List<Change>();
        using (var reader = _readChanges.ExecuteReader())
        {
            while (reader.Read())
                changes.Add(Change.Read(reader));
        }
        if (changes.Count > 0)
            _dropChanges.ExecuteNonQuery();
        return changes;
    }

    public void Dispose()
    {
        _readChanges.Dispose();
        _dropChanges.Dispose();
        Raw.Dispose();
    }

    public static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open()
    {
        var connection = new SqliteConnection("Data Source=:memory:;Pooling=False");
        connection.Open();
        Run(connection, "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;");
        return connection;
    }

    private static SqliteConnection Template()
    {
        var template = Open();
        Migrator.Run(new Sqlite(":memory:"), template, new FixedTime());
        return template;
    }

    private void Fill(int things, IReadOnlyList<(string Group, string? Parent, int From, int To)> groups)
    {
        Run(Raw, $"""
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {things - 1})
            INSERT INTO thing (account, thing_name, thing_id, attributes, version, created_at_ms)
            SELECT '{World.Account}', printf('t%03d', i), printf('id%03d', i), '{NoAttributes}', 1, 0 FROM n
            """);
        foreach (var (group, parent, from, to) in groups)
        {
            Run(Raw, $"""
                INSERT INTO thing_group (account, group_name, group_id, parent, root, depth, attributes, version, created_at_ms)
                VALUES ('{World.Account}', '{group}', 'g-{group}', {(parent is null ? "NULL" : $"'{parent}'")}, '{parent ?? group}', {(parent is null ? 1 : 2)}, '{NoAttributes}', 1, 0);
                INSERT INTO thing_group_closure (account, ancestor, descendant) VALUES ('{World.Account}', '{group}', '{group}');
                INSERT INTO thing_group_member (account, group_name, thing_name, joined_at_ms)
                SELECT account, '{group}', thing_name, 0 FROM thing WHERE thing_name >= printf('t%03d', {from}) AND thing_name < printf('t%03d', {to})
                """);
            if (parent is not null)
                Run(Raw, $"INSERT INTO thing_group_closure (account, ancestor, descendant) VALUES ('{World.Account}', '{parent}', '{group}')");
        }
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Agenda.Start;
    }
}

/// <summary>The world's database as one server sees it: counted, and gone when the server is.</summary>
internal sealed class WatchedDialect(SimStorage storage, SimServer server) : Dialect
{
    public override int ReadersMax => 1;

    public override DbConnection OpenWriter() => new WatchedConnection(storage, server);

    public override DbConnection OpenReader() => new WatchedConnection(storage, server);

    public override DbTransaction BeginWrite(DbConnection writer) => ((WatchedConnection)writer).Begin(writes: true);

    public override DbTransaction BeginRead(DbConnection reader) => ((WatchedConnection)reader).Begin(writes: false);

    public override bool Answers(DbConnection connection) => true;

    public override string Translate(string script) => script;

    public override StorageException? Explain(Exception failure) => failure as StorageException;

    public override bool SaysUndone(Exception failure) => true;

    public override void CloseWriter(DbConnection writer)
    {
    }
}

/// <summary>A connection that all statements pass: it kills the server at the one that the seed chose, and rewrites those that a planted bug is in.</summary>
internal sealed class WatchedConnection(SimStorage storage, SimServer server) : DbConnection
{
    [AllowNull]
    public override string ConnectionString { get => "simulated"; set => throw new NotSupportedException(); }

    public override string Database => "main";

    public override string DataSource => "memory";

    public override string ServerVersion => storage.Raw.ServerVersion;

    public override ConnectionState State => ConnectionState.Open;

    public SimStorage Storage => storage;

    public SimServer Server => server;

    public WatchedTransaction Begin(bool writes)
    {
        server.BeforeStatement();
        return new WatchedTransaction(this, storage.Raw.BeginTransaction(deferred: !writes), writes);
    }

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Close()
    {
    }

    public override void Open()
    {
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => Begin(writes: isolationLevel == IsolationLevel.Serializable);

    protected override DbCommand CreateDbCommand() => new WatchedCommand(this, storage.Raw.CreateCommand());
}

internal sealed class WatchedTransaction(WatchedConnection connection, SqliteTransaction inner, bool writes) : DbTransaction
{
    public SqliteTransaction Inner => inner;

    public override IsolationLevel IsolationLevel => inner.IsolationLevel;

    protected override DbConnection DbConnection => connection;

    public override void Commit()
    {
        var server = connection.Server;
        server.BeforeStatement();
        if (!writes)
        {
            inner.Commit();
            return;
        }
        var changes = connection.Storage.TakeChanges(inner);
        if (server.Sabotage?.LosesCommit(changes) == true)
        {
            inner.Rollback();
            return;
        }
        inner.Commit();
        server.World.Invariants.OnCommit(changes);
        server.AfterStatement();
    }

    public override void Rollback() => inner.Rollback();

    public override void Save(string savepointName) => inner.Save(savepointName);

    public override void Rollback(string savepointName) => inner.Rollback(savepointName);

    public override void Release(string savepointName) => inner.Release(savepointName);

    public override bool SupportsSavepoints => true;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}

internal sealed class WatchedCommand(WatchedConnection connection, SqliteCommand inner) : DbCommand
{
    private WatchedTransaction? _transaction;

    [AllowNull]
    public override string CommandText
    {
        get => inner.CommandText;
        set => inner.CommandText = connection.Server.Sabotage?.Rewrite(value!) ?? value;
    }

    public override int CommandTimeout { get => 0; set { } }

    public override CommandType CommandType { get => inner.CommandType; set => inner.CommandType = value; }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get => connection; set { } }

    protected override DbParameterCollection DbParameterCollection => inner.Parameters;

    protected override DbTransaction? DbTransaction
    {
        get => _transaction;
        set
        {
            _transaction = (WatchedTransaction?)value;
            inner.Transaction = _transaction?.Inner;
        }
    }

    public override void Cancel()
    {
    }

    public override int ExecuteNonQuery() => Watched(inner.ExecuteNonQuery);

    public override object? ExecuteScalar() => Watched(inner.ExecuteScalar);

    public override void Prepare()
    {
    }

    protected override DbParameter CreateDbParameter() => inner.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        connection.Server.BeforeStatement();
        return inner.ExecuteReader(behavior);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private T Watched<T>(Func<T> run)
    {
        connection.Server.BeforeStatement();
        var answer = run();
        connection.Server.AfterStatement();
        return answer;
    }
}
