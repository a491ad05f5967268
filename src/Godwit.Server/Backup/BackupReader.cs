using System.Formats.Tar;
using System.Security.Cryptography;
using Godwit.Server.Storage;

namespace Godwit.Server.Backup;

/// <summary>Reads backups: every file against its hash, the journal from its first record to the one that the manifest names.</summary>
public static class BackupReader
{
    private const int ManifestBytesMax = 256 * 1024 * 1024;

    /// <summary>Reads the whole file; answers its manifest.</summary>
    /// <exception cref="BackupException">It is no backup, or not whole.</exception>
    public static BackupManifest Verify(string file) => Read(file, (_, content, _) => HashOf(content, Stream.Null));

    /// <summary>Makes a data folder of a backup. The folder must be empty or absent, and appears only once all has been verified.</summary>
    /// <exception cref="BackupException">The folder is not empty, or the backup not whole; then nothing is left.</exception>
    public static BackupManifest Restore(string file, string data)
    {
        data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(data));
        if (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any())
            throw new BackupException($"{data} is not empty. Restore into a new folder, then start the service on it.");
        var draft = data + ".restoring";
        if (Directory.Exists(draft))
            Directory.Delete(draft, recursive: true);
        try
        {
            MakePrivate(draft);
            var manifest = Read(file, (name, content, entry) => Extract(Path.Combine(draft, name), content));
            Check(draft, manifest);
            if (Directory.Exists(data))
                Directory.Delete(data);
            Directory.Move(draft, data);
            return manifest;
        }
        catch
        {
            Directory.Delete(draft, recursive: true);
            throw;
        }
    }

    private static BackupManifest Read(string file, Func<string, Stream, TarEntry, BackupManifest.Entry> take)
    {
        var found = new Dictionary<string, BackupManifest.Entry>(StringComparer.Ordinal);
        BackupManifest? manifest = null;
        try
        {
            using var tar = new TarReader(File.OpenRead(file));
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not TarEntryType.RegularFile || manifest is not null || !IsOurs(entry.Name))
                    throw new BackupException($"{file} is no backup of Godwit: it holds '{entry.Name}'.");
                if (entry.Name == BackupManifest.Name)
                    manifest = ReadManifest(entry);
                else
                    found[entry.Name] = take(entry.Name, entry.DataStream ?? Stream.Null, entry);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new BackupException($"{file} is damaged or no backup of Godwit ({broken.Message}).");
        }
        if (manifest is null)
            throw new BackupException($"{file} has no manifest at its end: it was cut off, or is no backup of Godwit.");
        if (manifest.Version != BackupManifest.CurrentVersion)
            throw new BackupException($"{file} is of form {manifest.Version}, and this Godwit reads {BackupManifest.CurrentVersion}. Use the version that made it ({manifest.Godwit}) or a newer one.");
        foreach (var (name, entry) in manifest.Files)
            if (!found.TryGetValue(name, out var real) || real != entry)
                throw new BackupException($"{file} is damaged: {name} {(found.ContainsKey(name) ? "is not what was backed up" : "is missing")}. Use another backup.");
        return found.Count == manifest.Files.Count ? manifest : throw new BackupException($"{file} holds files that its manifest does not name.");
    }

    /// <summary>Names are relative, go down only, and hold nothing special: an entry can never leave the folder.</summary>
    private static bool IsOurs(string name) =>
        name.Length is > 0 and < 256 && !Path.IsPathRooted(name) && name.Split('/').All(part => part is not ("" or "." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'));

    private static BackupManifest? ReadManifest(TarEntry entry)
    {
        if (entry.Length > ManifestBytesMax)
            return null;
        using var content = new MemoryStream();
        entry.DataStream?.CopyTo(content);
        return BackupManifest.Read(content.ToArray());
    }

    private static BackupManifest.Entry Extract(string path, Stream content)
    {
        MakePrivate(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        var entry = HashOf(content, file);
        file.Flush(flushToDisk: true);
        return entry;
    }

    private static BackupManifest.Entry HashOf(Stream content, Stream also)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, bytes) = (new byte[1 << 16], 0L);
        while (content.Read(buffer) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            also.Write(buffer, 0, read);
            bytes += read;
        }
        return new BackupManifest.Entry(bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static void Check(string data, BackupManifest manifest)
    {
        var findings = DatabaseCheck.Run(new Sqlite(Path.Combine(data, "godwit.db")));
        if (findings.Faults is [var fault, ..])
            throw new BackupException($"The restored database is not sound: {fault}");
        if (findings.Journal.LastHash != manifest.LastHash || findings.Journal.Records != manifest.JournalRecords)
            throw new BackupException("The restored journal does not end where the manifest says. Use another backup.");
        foreach (var id in manifest.BytesOutside ? [] : findings.BytesIds)
            if (!manifest.Files.TryGetValue($"objects/{id[..2]}/{id}", out var entry) || entry.Sha256 != id)
                throw new BackupException($"The bytes {id} are referred to and not in the backup, or not what their name says. Use another backup.");
    }

    private static void MakePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
