namespace Godwit.Server.Hosting;

/// <summary>The one folder that holds everything, held by one process at a time.</summary>
public sealed class DataDirectory : IDisposable
{
    public const string DatabaseName = "godwit.db";

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held) => (Root, _lock) = (path, held);

    public string Root { get; }

    public string DatabaseFile => Path.Combine(Root, DatabaseName);

    /// <summary>An AWS shared-credentials file with the key made at first start.</summary>
    public string CredentialsFile => Path.Combine(Root, "credentials");

    /// <summary>The CA that devices trust, its key, and the server's certificate.</summary>
    public string TlsFolder => Path.Combine(Root, "tls");

    public string ObjectsFolder => Path.Combine(Root, "objects");

    /// <exception cref="StartupException">The folder cannot be made or written, or another process holds it.</exception>
    public static DataDirectory Open(string path)
    {
        var root = Path.GetFullPath(path);
        try
        {
            // Keys lie here: nobody but the owner may look in.
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(root);
            else if (!Directory.Exists(root))
                Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new DataDirectory(root, new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                [$"--data {path}: the folder cannot be used ({failure.Message}). Stop the Godwit that runs on it, or name a folder that you may write to."]);
        }
    }

    public void Dispose() => _lock.Dispose();
}
