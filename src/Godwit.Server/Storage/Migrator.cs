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
        KeepCopyBeforeUpgrade(dialect, connection);
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

    /// <summary>A database that is about to be changed in its form can be had back as it was.</summary>
    private static void KeepCopyBeforeUpgrade(Dialect dialect, DbConnection connection)
    {
        using (var look = dialect.BeginWrite(connection))
        {
            if (!dialect.Tables(connection, look).Contains("migration"))
                return;
        }
        var applied = connection.Query<string>("SELECT name FROM migration").ToHashSet();
        var scripts = Scripts().Select(script => script.Name).ToList();
        if (applied.Count > 0 && applied.IsSubsetOf(scripts) && scripts.Count > applied.Count)
            dialect.BeforeUpgrade(connection, applied.Order(StringComparer.Ordinal).Last());
    }

    /// <summary>How a database's schema stands to this program, without changing it.</summary>
    public static SchemaAge AgeOf(Dialect dialect)
    {
        using var connection = dialect.OpenReader();
        using var view = dialect.BeginRead(connection);
        if (!dialect.Tables(connection, view).Contains("migration"))
            return SchemaAge.Empty;
        var applied = connection.Query<string>("SELECT name FROM migration", transaction: view).ToHashSet();
        var scripts = Scripts().Select(script => script.Name).ToHashSet();
        return !applied.IsSubsetOf(scripts) ? SchemaAge.Newer : applied.Count < scripts.Count ? SchemaAge.Older : SchemaAge.Same;
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
