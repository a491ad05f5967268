using System.Formats.Tar;
using System.Security.Cryptography;
using Godwit.Server.Storage;

namespace Godwit.Server.Backup;

/// <summary>
/// Everything of one installation in one tar file, while it runs: a copy of the database at one moment, object bytes, keys, certificates and settings.
/// Bytes are on disk before a row names them and names are hashes, so what is read after the database's copy holds all that the copy refers to.
/// </summary>
public static class BackupWriter
{
    /// <summary>What is no part of a backup: it is the database itself, or belongs to the running process.</summary>
    private static readonly string[] LeftOut = ["godwit.db", "godwit.db-wal", "godwit.db-shm", "lock", "running.json"];

    /// <summary>How often it is tried where bytes vanish meanwhile, because an object was deleted just then.</summary>
    private const int Tries = 3;

    /// <param name="bytesOutside">Object bytes are in an outside store: what the folder has of them is a cache, and left out.</param>
    /// <returns>What was written; the file is whole and has been read back when this returns.</returns>
    /// <exception cref="BackupException">It could not be made; nothing is left of it.</exception>
    public static BackupManifest Write(string data, string? database, string file, string version, TimeProvider time, bool bytesOutside = false)
    {
        if (File.Exists(file))
            throw new BackupException($"{file} is there already. Name a new file; a backup never overwrites.");
        var draft = file + ".partial";
        try
        {
            for (var round = 1; ; round++)
            {
                if (TryWrite(data, database, draft, version, time, bytesOutside, out var missing) is { } manifest)
                {
                    BackupReader.Verify(draft);
                    File.Move(draft, file);
                    return manifest;
                }
                if (round == Tries)
                    throw new BackupException($"The bytes {missing} are referred to and not there. godwit db check tells more.");
            }
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static BackupManifest? TryWrite(string data, string? database, string draft, string version, TimeProvider time, bool bytesOutside, out string? missing)
    {
        var copy = draft + ".db";
        try
        {
            File.Delete(copy);
            Dialect.Of(database, Path.Combine(data, "godwit.db")).WriteCopy(copy, time);
            var findings = DatabaseCheck.Run(new Sqlite(copy));
            if (findings.Faults is [var fault, ..])
                throw new BackupException($"The database is not sound, so no backup is made of it: {fault} godwit db check tells more.");
            var files = new SortedDictionary<string, BackupManifest.Entry>(StringComparer.Ordinal);
            using (var tar = new TarWriter(PrivateFile(draft), TarEntryFormat.Pax))
            {
                files["godwit.db"] = Add(tar, "godwit.db", copy);
                foreach (var path in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                    if (NameOf(data, path) is { } name && !(bytesOutside && name.StartsWith("objects/", StringComparison.Ordinal)))
                        files[name] = Add(tar, name, path);
                missing = bytesOutside ? null : findings.BytesIds.FirstOrDefault(id => !files.ContainsKey($"objects/{id[..2]}/{id}"));
                if (missing is not null)
                    return null;
                var manifest = new BackupManifest(BackupManifest.CurrentVersion, version, time.GetUtcNow(), findings.Journal.Records, findings.Journal.LastHash, files, bytesOutside);
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, BackupManifest.Name) { DataStream = new MemoryStream(manifest.ToJson()) });
                return manifest;
            }
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>The entry's name, or null for what is left out: passing files, older backups.</summary>
    private static string? NameOf(string data, string path)
    {
        var name = Path.GetRelativePath(data, path).Replace(Path.DirectorySeparatorChar, '/');
        return LeftOut.Contains(name) || name.StartsWith("objects/tmp/", StringComparison.Ordinal) || name.StartsWith("backups/", StringComparison.Ordinal)
            || name.EndsWith(".new", StringComparison.Ordinal) || name.EndsWith(".partial", StringComparison.Ordinal) || name.EndsWith(".partial.db", StringComparison.Ordinal)
            ? null
            : name;
    }

    private static BackupManifest.Entry Add(TarWriter tar, string name, string path)
    {
        using var file = File.OpenRead(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(file));
        var bytes = file.Length;
        file.Position = 0;
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = file, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        return new BackupManifest.Entry(bytes, hash);
    }

    /// <summary>Keys lie in it: nobody but the owner may read.</summary>
    private static FileStream PrivateFile(string path)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
