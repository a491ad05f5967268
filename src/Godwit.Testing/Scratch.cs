using Godwit.Server.Storage;

namespace Godwit.Testing;

/// <summary>Folders of instances: in memory where there is room, since nobody reads them again, and with the tables of today, which are made once in a process.</summary>
internal static class Scratch
{
    private const string InMemory = "/dev/shm";
    private const long RoomBytes = 1L << 30;

    private static readonly Lazy<byte[]> Tables = new(MakeTables);

    public static string New()
    {
        var folder = NewFolder();
        File.WriteAllBytes(DatabaseIn(folder), Tables.Value);
        return folder;
    }

    private static string NewFolder()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists(InMemory) || new DriveInfo(InMemory).AvailableFreeSpace < RoomBytes)
            return Directory.CreateTempSubdirectory("godwit-testing-").FullName;
        try
        {
            var folder = Path.Combine(InMemory, "godwit-testing-" + Path.GetRandomFileName());
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return folder;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return Directory.CreateTempSubdirectory("godwit-testing-").FullName;
        }
    }

    private static byte[] MakeTables()
    {
        var folder = NewFolder();
        var dialect = new Sqlite(DatabaseIn(folder));
        var writer = dialect.OpenWriter();
        Migrator.Run(dialect, writer, TimeProvider.System);
        dialect.CloseWriter(writer);
        var tables = File.ReadAllBytes(DatabaseIn(folder));
        Directory.Delete(folder, recursive: true);
        return tables;
    }

    private static string DatabaseIn(string folder) => Path.Combine(folder, "godwit.db");
}
