using System.Data.Common;
using System.Reflection;
using Dapper;

namespace Godwit.Server.Storage;

/// <summary>
/// Brings the schema forward by the numbered scripts in <c>Migrations/</c>, all in one transaction that also keeps a second starter out.
/// A database that knows a script which this program does not is newer, and is refused.
/// </summary>
public static class Migrator
{
    public static void Run(Dialect dialect, DbConnection connection, TimeProvider time)
    {
        using var transaction = dialect.BeginWrite(connection);
        connection.Execute(dialect.Translate("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT"), transaction: transaction);
        var applied = connection.Query<string>("SELECT name FROM migration", transaction: transaction).ToHashSet();
        var scripts = Scripts();

        var unknown = applied.Except(scripts.Select(s => s.Name)).Order().ToList();
        if (unknown.Count > 0)
            throw new StorageException($"The database was written by a newer version of Godwit (it has {unknown[^1]}). Run that version, or restore a backup from before the upgrade.");

        foreach (var (name, sql) in scripts.Where(s => !applied.Contains(s.Name)))
        {
            connection.Execute(dialect.Translate(sql), transaction: transaction);
            connection.Execute("INSERT INTO migration (name, at_ms) VALUES (@name, @at)", new { name, at = time.GetUtcNow().ToUnixTimeMilliseconds() }, transaction);
        }
        transaction.Commit();
    }

    private static List<(string Name, string Sql)> Scripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string prefix = "Godwit.Server.Storage.Migrations.";
        return [.. assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource => (resource[prefix.Length..^".sql".Length], ReadText(assembly, resource)))];
    }

    private static string ReadText(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
