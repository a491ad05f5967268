using System.Text.Json;

namespace Godwit.Server.Backup;

/// <summary>The last entry of a backup: what it holds, each file with its hash. A backup without it was cut off.</summary>
/// <param name="Version">Of this form.</param>
/// <param name="BytesOutside">The bytes of objects are in an outside store, and none of them here.</param>
/// <param name="LastHash">The journal's last hash, in hexadecimal digits.</param>
public sealed record BackupManifest(int Version, string Godwit, DateTimeOffset MadeAt, long JournalRecords, string LastHash, IReadOnlyDictionary<string, BackupManifest.Entry> Files, bool BytesOutside = false)
{
    public const string Name = "manifest.json";

    public const int CurrentVersion = 1;

    public sealed record Entry(long Bytes, string Sha256);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    public static BackupManifest? Read(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<BackupManifest>(json, JsonSerializerOptions.Web) is { Files: not null, LastHash: not null } read ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
