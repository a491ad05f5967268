using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Godwit.Server.Storage;
using Npgsql;

namespace Godwit.Server.Tests;

/// <summary>
/// Where a test keeps its state: SQLite in its own folder, or, where GODWIT_TEST_DATABASE holds a connection string, on that PostgreSQL. The same folder gives the same
/// state, as a restart needs. A folder that was prepared starts as a copy of a schema that was made once; any other starts empty.
/// </summary>
internal static class TestStorage
{
    /// <summary>Those with a database of their own on PostgreSQL; the others have a schema.</summary>
    private static readonly ConcurrentDictionary<string, bool> Prepared = new();

    private static readonly Lazy<byte[]> SqliteTemplate = new(MakeSqlite);

    private static readonly Lazy<string> PostgresTemplate = new(MakePostgres);

    /// <summary>The PostgreSQL that tests may use, or null.</summary>
    public static string? Server => Environment.GetEnvironmentVariable("GODWIT_TEST_DATABASE") is { Length: > 0 } given ? given : null;

    /// <summary>A new folder whose state is on PostgreSQL; the test is skipped where there is none.</summary>
    public static string FolderOnPostgres()
    {
        Assert.SkipWhen(Server is null, "GODWIT_TEST_DATABASE names no PostgreSQL; ./test postgres does.");
        return Directory.CreateTempSubdirectory("godwit-storage-").FullName;
    }

    /// <summary>Gives a new folder the tables of today: migrations took most of the time of a test that is about something else.</summary>
    public static string Prepare(string folder)
    {
        if (Server is null)
            File.WriteAllBytes(FileIn(folder), SqliteTemplate.Value);
        else if (Prepared.TryAdd(folder, true))
            Run(Server, $"CREATE DATABASE {NameOf(folder)} TEMPLATE {PostgresTemplate.Value}");
        return folder;
    }

    public static Dialect DialectOf(string folder) => Dialect.Of(ConnectionString(folder), FileIn(folder));

    /// <summary>What the setting Database is for a service on this folder.</summary>
    public static string? ConnectionString(string folder)
    {
        if (Server is null)
            return null;
        if (Prepared.ContainsKey(folder))
            return new NpgsqlConnectionStringBuilder(Server) { Database = NameOf(folder) }.ToString();
        Run(Server, $"CREATE SCHEMA IF NOT EXISTS {NameOf(folder)}");
        return new NpgsqlConnectionStringBuilder(Server) { SearchPath = NameOf(folder) }.ToString();
    }

    /// <summary>Deletes the folder and what belongs to it.</summary>
    public static void Drop(string folder)
    {
        Directory.Delete(folder, recursive: true);
        if (Server is not null)
            Run(Server, Prepared.TryRemove(folder, out _) ? $"DROP DATABASE IF EXISTS {NameOf(folder)} WITH (FORCE)" : $"DROP SCHEMA IF EXISTS {NameOf(folder)} CASCADE");
    }

    private static string FileIn(string folder) => Path.Combine(folder, "godwit.db");

    private static string NameOf(string folder) => "t_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];

    private static byte[] MakeSqlite()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-template-").FullName;
        Migrate(new Sqlite(FileIn(folder)));
        var bytes = File.ReadAllBytes(FileIn(folder));
        Directory.Delete(folder, recursive: true);
        return bytes;
    }

    private static string MakePostgres()
    {
        var name = $"godwit_template_{Environment.ProcessId}";
        Run(Server!, $"DROP DATABASE IF EXISTS {name}");
        Run(Server!, $"CREATE DATABASE {name}");
        Migrate(Dialect.Of(new NpgsqlConnectionStringBuilder(Server) { Database = name }.ToString(), ""));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Run(Server!, $"DROP DATABASE IF EXISTS {name}");
        return name;
    }

    private static void Migrate(Dialect dialect)
    {
        var writer = dialect.OpenWriter();
        Migrator.Run(dialect, writer, TimeProvider.System);
        dialect.CloseWriter(writer);
    }

    private static void Run(string server, string sql)
    {
        using var connection = new NpgsqlConnection(server);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
