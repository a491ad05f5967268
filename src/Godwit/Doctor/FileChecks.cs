using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Storage;

namespace Godwit.Doctor;

/// <summary>Checks of the files in the data folder: who may read secrets, how long certificates last, whether the clock went back.</summary>
internal sealed class FileChecks(string data, TimeProvider time)
{
    private static readonly TimeSpan CertificateWarning = TimeSpan.FromDays(30);
    private static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(5);

    public IEnumerable<Finding> Run()
    {
        foreach (var finding in Modes())
            yield return finding;
        foreach (var finding in Certificates())
            yield return finding;
        yield return Clock();
    }

    private IEnumerable<Finding> Modes()
    {
        const string check = "file modes";
        if (OperatingSystem.IsWindows() || !Directory.Exists(data))
            yield break;
        var open = Secrets().Where(ReadByOthers).ToList();
        foreach (var file in open)
            yield return new Finding(check, FindingState.Fault, $"{file} can be read by others than its owner", $"chmod 600 {file}; if others may have read it, make new keys.");
        if (open.Count == 0)
            yield return new Finding(check, FindingState.Ok, "keys and credentials are their owner's only");
    }

    private static bool ReadByOthers(string file)
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & others) != 0;
    }

    private IEnumerable<string> Secrets() =>
        new[] { Path.Combine(data, "credentials") }.Where(File.Exists)
            .Concat(Files("keys", "*"))
            .Concat(Files("tls", "*key*.pem"));

    private IEnumerable<string> Files(string folder, string pattern) =>
        Directory.Exists(Path.Combine(data, folder)) ? Directory.EnumerateFiles(Path.Combine(data, folder), pattern) : [];

    private IEnumerable<Finding> Certificates()
    {
        foreach (var name in (string[])["ca.pem", "ca-rsa.pem", "server.pem"])
        {
            var file = Path.Combine(data, "tls", name);
            if (!File.Exists(file))
                continue;
            yield return Certificate(file, name != "server.pem");
        }
    }

    private Finding Certificate(string file, bool isCa)
    {
        const string check = "certificates";
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            var (now, until) = (time.GetUtcNow(), new DateTimeOffset(certificate.NotAfter));
            var text = $"{Path.GetFileName(file)} is valid until {until.UtcDateTime:yyyy-MM-dd}";
            var remedy = isCa ? "Devices trust this CA: give them a new one before it ends, then start on new files in tls/." : "The service renews it while it runs: start it, or look in its log why it could not.";
            return until < now ? new Finding(check, FindingState.Fault, text, remedy)
                : until - now < CertificateWarning ? new Finding(check, FindingState.Warning, text, remedy)
                : new Finding(check, FindingState.Ok, text);
        }
        catch (CryptographicException failure)
        {
            return new Finding(check, FindingState.Fault, $"{file} cannot be read: {failure.Message}", "Restore it from a backup.");
        }
    }

    /// <summary>The journal's last record was written by this machine's clock: it cannot lie in the future.</summary>
    private Finding Clock()
    {
        const string check = "clock";
        var file = Path.Combine(data, "godwit.db");
        if (!File.Exists(file))
            return new Finding(check, FindingState.Skipped, "nothing was recorded yet");
        try
        {
            var last = JournalCheck.LastAt(new Sqlite(file));
            return last - time.GetUtcNow() > SkewMax
                ? new Finding(
                    check, FindingState.Fault, string.Create(CultureInfo.InvariantCulture, $"it says {time.GetUtcNow():u}, and the last change was recorded at {last:u}"),
                    "Set the clock by NTP (timedatectl set-ntp true). Signatures older or newer than five minutes are refused.")
                : new Finding(check, FindingState.Ok, "it has not gone back since the last change");
        }
        catch (System.Data.Common.DbException)
        {
            return new Finding(check, FindingState.Skipped, "the database cannot be read");
        }
    }
}
