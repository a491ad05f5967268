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
    /// <param name="only">The scripts to run, for a database of an older version; null for all.</param>
    /// <returns>Where the database lies as it was, if it had to be changed in its form.</returns>
    /// <exception cref="StorageException">It is of a newer version, or no copy could be kept; then nothing has changed.</exception>
    public static string? Run(Dialect dialect, DbConnection connection, TimeProvider time, IReadOnlySet<string>? only = null)
    {
        var copy = only is null ? KeepCopyBeforeUpgrade(dialect, connection, time) : null;
        using var transaction = dialect.BeginWrite(connection);
        connection.Execute(dialect.Translate("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT"), transaction: transaction);
        var applied = connection.Query<string>("SELECT name FROM migration", transaction: transaction).ToHashSet();
        var scripts = Scripts();

        var unknown = applied.Except(scripts.Select(s => s.Name)).Order().ToList();
        if (unknown.Count > 0)
            throw new StorageException($"The database was written by a newer version of Godwit (it has {unknown[^1]}). Run that version, or restore a backup from before the upgrade.");

        foreach (var (name, sql) in scripts.Where(s => !applied.Contains(s.Name) && only?.Contains(s.Name) != false))
        {
            connection.Execute(dialect.Translate(sql), transaction: transaction);
            connection.Execute("INSERT INTO migration (name, at_ms) VALUES (@name, @at)", new { name, at = time.GetUtcNow().ToUnixTimeMilliseconds() }, transaction);
        }
        transaction.Commit();
        return copy;
    }

    /// <summary>A database that is about to be changed in its form can be had back as it was.</summary>
    private static string? KeepCopyBeforeUpgrade(Dialect dialect, DbConnection connection, TimeProvider time)
    {
        using (var look = dialect.BeginWrite(connection))
        {
            if (!dialect.Tables(connection, look).Contains("migration"))
                return null;
        }
        var applied = connection.Query<string>("SELECT name FROM migration").ToHashSet();
        var scripts = Scripts().Select(script => script.Name).ToList();
        return applied.Count > 0 && applied.IsSubsetOf(scripts) && scripts.Count > applied.Count && dialect.UpgradeCopies is { } folder
            ? UpgradeCopies.Keep(folder, applied, file => dialect.WriteCopy(file, time, applied))
            : null;
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
