using System.Security.Cryptography;
using System.Text;
using Godwit.Server.Storage;
using Npgsql;

namespace Godwit.Server.Tests;

/// <summary>
/// Where a test keeps its state: SQLite in its own folder, or, where GODWIT_TEST_DATABASE holds a connection string, a schema of its own on
/// that PostgreSQL. The same folder gives the same schema, as a restart needs.
/// </summary>
internal static class TestStorage
{
    /// <summary>The PostgreSQL that tests may use, or null.</summary>
    public static string? Server => Environment.GetEnvironmentVariable("GODWIT_TEST_DATABASE") is { Length: > 0 } given ? given : null;

    /// <summary>A new folder whose state is on PostgreSQL; the test is skipped where there is none.</summary>
    public static string FolderOnPostgres()
    {
        Assert.SkipWhen(Server is null, "GODWIT_TEST_DATABASE names no PostgreSQL; ./test postgres does.");
        return Directory.CreateTempSubdirectory("godwit-storage-").FullName;
    }

    public static Dialect DialectOf(string folder) => Dialect.Of(ConnectionString(folder), Path.Combine(folder, "godwit.db"));

    /// <summary>What the setting Database is for a service on this folder.</summary>
    public static string? ConnectionString(string folder)
    {
        if (Server is null)
            return null;
        Run($"CREATE SCHEMA IF NOT EXISTS {SchemaOf(folder)}");
        return new NpgsqlConnectionStringBuilder(Server) { SearchPath = SchemaOf(folder) }.ToString();
    }

    /// <summary>Deletes the folder and what belongs to it.</summary>
    public static void Drop(string folder)
    {
        Directory.Delete(folder, recursive: true);
        if (Server is not null)
            Run($"DROP SCHEMA IF EXISTS {SchemaOf(folder)} CASCADE");
    }

    private static string SchemaOf(string folder) => "t_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];

    private static void Run(string sql)
    {
        using var connection = new NpgsqlConnection(Server);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
