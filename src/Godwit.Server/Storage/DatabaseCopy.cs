using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;

namespace Godwit.Server.Storage;

/// <summary>
/// All rows of one database into another, of the same kind or not. The destination gets its schema from this program's own migrations, so a source of another
/// version is refused; what was copied is counted and its journal followed before it counts as done.
/// </summary>
public static class DatabaseCopy
{
    /// <summary>Below what both databases take as parameters of one statement.</summary>
    private const int ParametersMax = 30_000;

    private const int RowsMax = 500;

    /// <summary>Copies within one view of the source and one transaction of the destination; answers the rows of each table.</summary>
    /// <param name="scripts">The migrations that the source has, where it is older than this program: the copy is of that version, too.</param>
    /// <exception cref="StorageException">The destination is not empty, versions differ, or what was written is not what was read.</exception>
    public static IReadOnlyDictionary<string, long> Run(Dialect from, Dialect to, TimeProvider time, IReadOnlySet<string>? scripts = null)
    {
        using var source = from.OpenReader();
        using var destination = to.OpenWriter();
        try
        {
            Migrator.Run(to, destination, time, scripts);
            using var view = from.BeginRead(source);
            RefuseUnfit(source, view, destination);
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            using (var transaction = to.BeginWrite(destination))
            {
                foreach (var table in to.Tables(destination, transaction).Where(table => table != "migration"))
                    counts[table] = CopyTable(source, view, destination, transaction, table);
                foreach (var statement in to.AfterCopy(destination, transaction))
                    destination.Execute(statement, transaction: transaction);
                transaction.Commit();
            }
            Verify(source, view, destination, counts);
            return counts;
        }
        finally
        {
            to.CloseWriter(destination);
        }
    }

    private static void RefuseUnfit(DbConnection source, DbTransaction view, DbConnection destination)
    {
        if (destination.ExecuteScalar<long>("SELECT COUNT(*) FROM journal") > 0)
            throw new StorageException("The destination is not empty: it has a journal. Name an empty database.");
        var there = source.Query<string>("SELECT name FROM migration", transaction: view).ToHashSet();
        var here = destination.Query<string>("SELECT name FROM migration").ToHashSet();
        if (!there.SetEquals(here))
            throw new StorageException(
                $"The source is of another version of Godwit ({there.Except(here).Concat(here.Except(there)).Order().First()} is on one side only). Start this version on it once, so that it is brought up to date.");
    }

    private static long CopyTable(DbConnection source, DbTransaction view, DbConnection destination, DbTransaction transaction, string table)
    {
        using var read = source.CreateCommand();
        (read.CommandText, read.Transaction) = ($"SELECT * FROM {table}", view);
        using var reader = read.ExecuteReader(CommandBehavior.SequentialAccess);
        var columns = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToList();
        var batch = new List<object[]>();
        var batchMax = Math.Min(RowsMax, ParametersMax / columns.Count);
        var copied = 0L;
        while (reader.Read())
        {
            var row = new object[columns.Count];
            for (var i = 0; i < row.Length; i++)
                row[i] = reader.GetValue(i);
            batch.Add(row);
            if (batch.Count < batchMax)
                continue;
            copied += Insert(destination, transaction, table, columns, batch);
            batch.Clear();
        }
        return copied + (batch.Count == 0 ? 0 : Insert(destination, transaction, table, columns, batch));
    }

    private static long Insert(DbConnection destination, DbTransaction transaction, string table, List<string> columns, List<object[]> rows)
    {
        using var write = destination.CreateCommand();
        write.Transaction = transaction;
        var values = new List<string>(rows.Count);
        foreach (var row in rows)
        {
            var names = new List<string>(row.Length);
            foreach (var value in row)
            {
                var parameter = write.CreateParameter();
                (parameter.ParameterName, parameter.Value) = ($"p{write.Parameters.Count.ToString(CultureInfo.InvariantCulture)}", value);
                write.Parameters.Add(parameter);
                names.Add("@" + parameter.ParameterName);
            }
            values.Add($"({string.Join(", ", names)})");
        }
        write.CommandText = $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES {string.Join(", ", values)}";
        return write.ExecuteNonQuery();
    }

    private static void Verify(DbConnection source, DbTransaction view, DbConnection destination, IReadOnlyDictionary<string, long> counts)
    {
        foreach (var (table, copied) in counts)
        {
            var (there, here) = (source.ExecuteScalar<long>($"SELECT COUNT(*) FROM {table}", transaction: view), destination.ExecuteScalar<long>($"SELECT COUNT(*) FROM {table}"));
            if (there != here || here != copied)
                throw new StorageException($"The copy is not whole: {table} has {there} rows in the source and {here} in the destination. Nothing refers to the copy yet; delete it and try again.");
        }
        if (JournalCheck.Run(destination) is { Break: { } broken })
            throw new StorageException($"The copied journal does not hold at record {broken}: the source is damaged there. godwit db check tells more.");
    }
}
