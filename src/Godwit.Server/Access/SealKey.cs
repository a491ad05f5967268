using System.Text;
using Godwit.Server.Hosting;

namespace Godwit.Server.Access;

/// <summary>
/// Where the key lies that seals all others: in a file of the operator's choice (<c>--key-file</c>), away from the data it opens, or else in the data folder.
/// The first start with a key file moves the folder's key there, so what was sealed stays readable.
/// </summary>
public static class SealKey
{
    /// <summary>Read and write for none but the owner.</summary>
    private const UnixFileMode OthersMay = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <exception cref="StartupException">The key is not where it should be, is no key, or would lie beside what it seals.</exception>
    public static SecretSeal Open(ServerOptions options, DataDirectory data, IRandomSource random)
    {
        var (inFolder, note) = (InFolder(data.Root), Path.Combine(data.Root, "keys", "seal.moved"));
        if (options.KeyFile is null)
        {
            if (!File.Exists(inFolder) && File.Exists(note))
                throw Refuse($"the key of this data folder was moved to {File.ReadAllText(note).Trim()}; start with --key-file and that file");
            return SecretSeal.Open(inFolder, random);
        }
        var path = Path.GetFullPath(options.KeyFile);
        if (IsInside(path, data.Root))
            throw Refuse($"{path} lies in the data folder, so that a copy of the folder would hold both key and lock; name a file outside of {data.Root}");
        try
        {
            return OpenFile(path, inFolder, note, random);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refuse($"{path} cannot be read or made ({failure.Message}); name a file that this user may read");
        }
    }

    /// <summary>How messages name the key.</summary>
    public static string NameOf(ServerOptions options) => options.KeyFile ?? "keys/seal.key";

    /// <summary>A line for the start of the service: where the key lies and what that means; null where there is nothing to say.</summary>
    public static string? Notice(ServerOptions options, string dataFolder)
    {
        if (options.KeyFile is null)
            return $"Private keys are sealed (AES-256-GCM) with {InFolder(Path.GetFullPath(dataFolder))}, mode 0600: who copies the folder has them. --key-file FILE keeps the key elsewhere.";
        return !OperatingSystem.IsWindows() && File.Exists(options.KeyFile) && (File.GetUnixFileMode(options.KeyFile) & OthersMay) != 0
            ? $"Others than its owner may read or write {options.KeyFile}, which opens all private keys. Set its mode to 0600."
            : null;
    }

    private static string InFolder(string dataFolder) => Path.Combine(dataFolder, "keys", "seal.key");

    private static SecretSeal OpenFile(string path, string inFolder, string note, IRandomSource random)
    {
        if (!File.Exists(path))
        {
            if (!File.Exists(inFolder))
            {
                var made = SecretSeal.Open(path, random);
                PrivateFile.Write(note, Encoding.UTF8.GetBytes(path));
                return made;
            }
            PrivateFile.Write(path, File.ReadAllBytes(inFolder));
        }
        var key = Read(path) ?? throw Refuse($"{path} holds no key: 32 bytes, or 64 hexadecimal digits such as 'openssl rand -hex 32' prints");
        // A start that was cut off between the copy and this leaves two equal keys; two that differ are a mistake to be seen.
        if (File.Exists(inFolder) && !File.ReadAllBytes(inFolder).AsSpan().SequenceEqual(key))
            throw Refuse($"{path} is not the key that seals what is in this data folder, which is {inFolder}; remove {path} to have that key moved there, or name the right file");
        PrivateFile.Write(note, Encoding.UTF8.GetBytes(path));
        File.Delete(inFolder);
        return SecretSeal.Open(key, random)!;
    }

    /// <summary>32 bytes as they are, or in hexadecimal, as secret stores that keep text hand them out.</summary>
    private static byte[]? Read(string path)
    {
        if (new FileInfo(path).Length > 256)
            return null;
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length == 32)
            return bytes;
        var text = Encoding.ASCII.GetString(bytes).Trim();
        return text.Length == 64 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
    }

    private static bool IsInside(string path, string folder) =>
        Path.GetRelativePath(folder, path) is var relative && !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    private static StartupException Refuse(string mistake) => new([$"--key-file: {mistake}."]);
}
