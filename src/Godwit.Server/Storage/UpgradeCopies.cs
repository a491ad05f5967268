using System.Data.Common;

namespace Godwit.Server.Storage;

/// <summary>Copies of a database from before its schema moved on, whichever database it is: SQLite files of the old version, the newest few.</summary>
public static class UpgradeCopies
{
    private const int KeptMax = 3;
    private const string Prefix = "before-upgrade-from-";

    /// <summary>Writes one; it has its name once it is whole. Answers its path.</summary>
    /// <param name="scripts">The migrations that the database has.</param>
    /// <exception cref="StorageException">It could not be written. Without it there is no upgrade.</exception>
    public static string Keep(string folder, IReadOnlySet<string> scripts, Action<string> write)
    {
        var file = Path.Combine(folder, $"{Prefix}{scripts.Order(StringComparer.Ordinal).Last()}.db");
        var draft = file + ".partial";
        try
        {
            MakePrivate(folder);
            Remove(draft);
            write(draft);
            // What a connection that is gone left beside the file is part of it no longer.
            File.Delete(file);
            File.Move(draft, file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DbException or StorageException)
        {
            throw new StorageException($"This version changes the form of the database, and no copy of it as it is could be written to {file}: {failure.Message} Make room there, or make the folder writable, and start again; nothing has been changed.", failure);
        }
        finally
        {
            TryRemove(draft);
        }
        Prune(folder, file);
        return file;
    }

    private static void Prune(string folder, string newest)
    {
        foreach (var old in new DirectoryInfo(folder).GetFiles(Prefix + "*.db").Where(one => one.FullName != newest).OrderByDescending(one => one.LastWriteTimeUtc).Skip(KeptMax - 1))
            old.Delete();
    }

    private static void MakePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Remove(string draft)
    {
        foreach (var file in new[] { draft, draft + "-wal", draft + "-shm", draft + "-journal" })
            File.Delete(file);
    }

    private static void TryRemove(string draft)
    {
        try
        {
            Remove(draft);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is overwritten the next time.
        }
    }
}
