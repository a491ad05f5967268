using System.Data.Common;

namespace Godwit.Server.Storage;

/// <summary>
/// Statements of the writer that run with every device's report, compiled once and kept: compiling costs several times what running does.
/// Owned by the writer's thread. A value that may be null and is compared with nothing needs a CAST: its type is not told.
/// </summary>
internal sealed class HotStatements(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);

    public DbConnection Connection => connection;

    /// <summary>The statement, bound to these values. <paramref name="sql"/> is a constant: each text is kept for good.</summary>
    public DbCommand Bind(string sql, DbTransaction? transaction, ReadOnlySpan<(string Name, object? Value)> args)
    {
        if (!_commands.TryGetValue(sql, out var command))
            _commands.Add(sql, command = Make(sql, args));
        command.Transaction = transaction;
        for (var i = 0; i < args.Length; i++)
            command.Parameters[i].Value = args[i].Value ?? DBNull.Value;
        return command;
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
    }

    private DbCommand Make(string sql, ReadOnlySpan<(string Name, object? Value)> args)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, _) in args)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
