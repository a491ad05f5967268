using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Godwit.Server.Storage;

/// <summary>Functions of PostgreSQL's that SQLite lacks, by their names there and with their meaning, so that the stores' SQL is one.</summary>
internal static class SqliteFunctions
{
    public static void AddTo(SqliteConnection connection)
    {
        connection.CreateFunction<string?, string, byte[]?>("convert_to", (text, encoding) => text is null ? null : EncodingOf(encoding).GetBytes(text), isDeterministic: true);
        connection.CreateFunction<byte[]?, byte[]?>("sha256", bytes => bytes is null ? null : SHA256.HashData(bytes), isDeterministic: true);
        connection.CreateFunction<byte[]?, string, string?>(
            "encode", (bytes, form) => bytes is null ? null : form == "hex" ? Convert.ToHexStringLower(bytes) : throw new ArgumentException($"There is no form '{form}'."), isDeterministic: true);
    }

    private static Encoding EncodingOf(string name) => name == "UTF8" ? Encoding.UTF8 : throw new ArgumentException($"There is no encoding '{name}'.");
}
