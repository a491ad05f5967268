using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Godwit.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Godwit.Simulation;

/// <summary>The process was killed: whatever statement it was at, it runs no other.</summary>
internal sealed class KilledException() : Exception("The server was killed here.");

/// <summary>A group of the world, with the things from one number up to another in it.</summary>
internal sealed record SimGroup(string Name, string? Parent, int From, int To);

/// <summary>
/// The world's database: SQLite in memory, the same for every server that lives in the world one after the other. Triggers of the simulation's own
/// write down each row that changes, so that the model learns of changes from the database and from nothing else.
/// </summary>
internal sealed class SimStorage : IDisposable
{
    private const string NoAttributes = "{}";

    [ThreadStatic]
    private static SqliteConnection? s_template;

    private readonly Dictionary<string, Stack<SqliteCommand>> _idle = new(StringComparer.Ordinal);

    public SimStorage(int things, IReadOnlyList<SimGroup> groups)
    {
        Raw = Open();
        (s_template ??= Template()).BackupDatabase(Raw);
        Fill(things, groups);
        Run(Raw, ChangeLog.Sql);
    }

    public SqliteConnection Raw { get; }

    /// <summary>What has changed in the open transaction.</summary>
    public List<Change> TakeChanges()
    {
        var changes = new List<Change>();
        var read = Take(ChangeLog.ReadSql);
        using (var reader = read.ExecuteReader())
        {
            while (reader.Read())
                changes.Add(Change.Read(reader));
        }
        Return(read);
        if (changes.Count > 0)
            Run(ChangeLog.DropSql);
        return changes;
    }

    /// <summary>A command for the statement, compiled already if it ran before: compiling costs several times what running does.</summary>
    public SqliteCommand Take(string sql)
    {
        if (_idle.TryGetValue(sql, out var idle) && idle.TryPop(out var command))
            return command;
        command = Raw.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    public void Return(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (!_idle.TryGetValue(command.CommandText, out var idle))
            _idle.Add(command.CommandText, idle = []);
        idle.Push(command);
    }

    public void Run(string sql)
    {
        var command = Take(sql);
        command.ExecuteNonQuery();
        Return(command);
    }

    public void Dispose() => Raw.Dispose();

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
        SqliteFunctions.AddTo(connection);
        Run(connection, "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;");
        return connection;
    }

    private static SqliteConnection Template()
    {
        var template = Open();
        Migrator.Run(new Sqlite(":memory:"), template, new FixedTime());
        return template;
    }

    private void Fill(int things, IReadOnlyList<SimGroup> groups)
    {
        Run(Raw, $"INSERT INTO event_configuration VALUES ('{World.Account}', 'JOB', 1, 0, 0), ('{World.Account}', 'JOB_EXECUTION', 1, 0, 0)");
        Run(Raw, $"""
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {things - 1})
            INSERT INTO thing (account, thing_name, thing_id, attributes, version, created_at_ms)
            SELECT '{World.Account}', printf('t%03d', i), printf('id%03d', i), '{NoAttributes}', 1, 0 FROM n
            """);
        foreach (var group in groups)
        {
            var above = new List<SimGroup> { group };
            while (above[^1].Parent is { } parent)
                above.Add(groups.Single(each => each.Name == parent));
            Run(Raw, $"""
                INSERT INTO thing_group (account, group_name, group_id, parent, root, depth, attributes, version, created_at_ms)
                VALUES ('{World.Account}', '{group.Name}', 'g-{group.Name}', {(group.Parent is { } name ? $"'{name}'" : "NULL")}, '{above[^1].Name}', {above.Count}, '{NoAttributes}', 1, 0);
                INSERT INTO thing_group_member (account, group_name, thing_name, joined_at_ms)
                SELECT account, '{group.Name}', thing_name, 0 FROM thing WHERE thing_name >= printf('t%03d', {group.From}) AND thing_name < printf('t%03d', {group.To})
                """);
            foreach (var ancestor in above)
                Run(Raw, $"INSERT INTO thing_group_closure (account, ancestor, descendant) VALUES ('{World.Account}', '{ancestor.Name}', '{group.Name}')");
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

    public override IReadOnlyList<string> Tables(DbConnection connection, DbTransaction transaction) => [];

    public override string? UpgradeCopies => null;

    public override void WriteCopy(string file, TimeProvider time, IReadOnlySet<string>? scripts = null) => throw new NotSupportedException();
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
        return new WatchedTransaction(this, writes);
    }

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Close()
    {
    }

    public override void Open()
    {
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => Begin(writes: isolationLevel == IsolationLevel.Serializable);

    protected override DbCommand CreateDbCommand() => new WatchedCommand(this);
}

internal sealed class WatchedTransaction : DbTransaction
{
    private readonly WatchedConnection _connection;
    private readonly bool _writes;
    private bool _open = true;

    public WatchedTransaction(WatchedConnection connection, bool writes)
    {
        (_connection, _writes) = (connection, writes);
        connection.Storage.Run(writes ? "BEGIN IMMEDIATE" : "BEGIN");
    }

    public override IsolationLevel IsolationLevel => IsolationLevel.Serializable;

    protected override DbConnection DbConnection => _connection;

    public override void Commit()
    {
        var server = _connection.Server;
        server.BeforeStatement();
        if (!_writes)
        {
            End("COMMIT");
            return;
        }
        var changes = _connection.Storage.TakeChanges();
        if (server.Sabotage?.LosesCommit(changes) == true)
        {
            End("ROLLBACK");
            return;
        }
        End("COMMIT");
        server.World.Invariants.OnCommit(changes);
        server.AfterStatement();
    }

    public override void Rollback() => End("ROLLBACK");

    protected override void Dispose(bool disposing)
    {
        if (disposing && _open)
            End("ROLLBACK");
        base.Dispose(disposing);
    }

    private void End(string sql)
    {
        _open = false;
        _connection.Storage.Run(sql);
    }
}

internal sealed class WatchedCommand(WatchedConnection connection) : DbCommand
{
    private SqliteCommand? _inner;

    [AllowNull]
    public override string CommandText
    {
        get => _inner?.CommandText ?? "";
        set
        {
            var before = _inner;
            _inner = connection.Storage.Take(connection.Server.Sabotage?.Rewrite(value!) ?? value!);
            if (before is null)
                return;
            foreach (SqliteParameter parameter in before.Parameters)
                _inner.Parameters.Add(parameter);
            connection.Storage.Return(before);
        }
    }

    public override int CommandTimeout { get => 0; set { } }

    public override CommandType CommandType { get => CommandType.Text; set { } }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get => connection; set { } }

    protected override DbParameterCollection DbParameterCollection => Inner.Parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    private SqliteCommand Inner => _inner ?? throw new InvalidOperationException("A command is given its text before anything else.");

    public override void Cancel()
    {
    }

    public override int ExecuteNonQuery() => Watched(Inner.ExecuteNonQuery);

    public override object? ExecuteScalar() => Watched(Inner.ExecuteScalar);

    public override void Prepare()
    {
    }

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
    {
        connection.Server.BeforeStatement();
        return Inner.ExecuteReader(behavior);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _inner is { } inner)
        {
            _inner = null;
            connection.Storage.Return(inner);
        }
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
