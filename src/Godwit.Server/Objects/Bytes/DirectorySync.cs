using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Godwit.Server.Objects.Bytes;

/// <summary>Makes the names in a folder durable: after a rename, the file's own sync does not cover its name.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnlyDirectoryCloseOnExec = 0x10000 | 0x80000;

    public static void Flush(string folder)
    {
        // Windows has no such call; NTFS journals its names.
        if (!OperatingSystem.IsLinux())
            return;
        var handle = Open(folder, ReadOnlyDirectoryCloseOnExec);
        if (handle < 0)
            throw Failure("open", folder);
        try
        {
            if (Sync(handle) != 0)
                throw Failure("fsync", folder);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Failure(string call, string folder) =>
        new($"{call} of {folder} failed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
