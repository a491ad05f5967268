using System.Data.Common;
using Dapper;

namespace Godwit.Server.Storage;

/// <summary>
/// A consistent view of the database. SQL takes <c>@name</c> parameters from an anonymous object or record; rows become records with
/// <c>init</c> properties, where <c>created_at_ms</c> fills <c>CreatedAtMs</c>.
/// </summary>
public class ReadSession(DbConnection connection, DbTransaction? transaction)
{
    static ReadSession() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    protected DbConnection Connection => connection;

    protected DbTransaction? Transaction => transaction;

    public List<T> Query<T>(string sql, object? args = null) => connection.Query<T>(sql, args, transaction).AsList();

    /// <summary>The first row, or default where there is none.</summary>
    public T? First<T>(string sql, object? args = null) => connection.QueryFirstOrDefault<T>(sql, args, transaction);

    /// <summary>Rows one at a time, for lists that must not be held in memory.</summary>
    public IEnumerable<T> Stream<T>(string sql, object? args = null) => connection.Query<T>(sql, args, transaction, buffered: false);

    /// <summary>A command of the driver for the hottest paths, where a mapper's reflection would show.</summary>
    public DbCommand Command(string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command;
    }
}
