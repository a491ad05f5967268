using System.Net;
using Godwit.Server;
using Godwit.Server.Acm.Tokens;
using Godwit.Server.Storage;
using Godwit.Verbs;

namespace Godwit.Doctor;

/// <summary>All checks of one installation, in the order in which their faults explain each other. Reads only.</summary>
public sealed class Examination(ServerOptions options, IReadOnlyList<string> mistakes, Surroundings around)
{
    private const long DiskFaultBytes = 256L << 20;
    private const long DiskWarningBytes = 2L << 30;

    private readonly RunningService? _running = RunningService.Find(options.DataDirectory);

    private bool IsRunning => _running is { } service && around.IsProcess(service.ProcessId);

    public async Task<IReadOnlyList<Finding>> Run(CancellationToken ct)
    {
        var findings = new List<Finding>();
        findings.AddRange(Settings());
        findings.Add(DataFolder());
        findings.Add(Disk());
        findings.AddRange(new FileChecks(options.DataDirectory, around.Time).Run());
        findings.AddRange(Database());
        findings.Add(await Service(ct));
        findings.AddRange(Ports());
        findings.Add(await PublicUrl(ct));
        findings.AddRange(await new AwsCliCheck(around).Run(ct));
        findings.Add(OpenFiles());
        if (options.Pkcs11 is { } token)
            findings.Add(Token(token));
        return findings;
    }

    private IEnumerable<Finding> Settings() => mistakes.Count == 0
        ? [new Finding("settings", FindingState.Ok, "every setting can be read")]
        : mistakes.Select(mistake => new Finding("settings", FindingState.Fault, mistake, "Correct it where it is set; godwit config show tells where that is."));

    private Finding DataFolder()
    {
        const string check = "data folder";
        var folder = Path.GetFullPath(options.DataDirectory);
        if (!Directory.Exists(folder))
            return new Finding(check, FindingState.Warning, $"{folder} is not there: no service was ever started on it", "Name the folder with --data, or start one: godwit serve.");
        try
        {
            var probe = Path.Combine(folder, ".doctor");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return new Finding(check, FindingState.Ok, $"{folder} can be written");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return new Finding(check, FindingState.Fault, $"{folder} cannot be written: {refusal.Message}", $"Give it to the user that runs the service: chown -R USER {folder}, and mount it read-write.");
        }
    }

    private Finding Disk()
    {
        const string check = "disk";
        var folder = Directory.Exists(options.DataDirectory) ? options.DataDirectory : ".";
        var (free, total) = around.Disk(folder);
        var text = $"{free >> 20:#,0} MiB of {total >> 20:#,0} MiB are free";
        const string remedy = "Delete old objects and updates, or move the folder to a larger disk. A full disk stops every change.";
        return free < DiskFaultBytes ? new Finding(check, FindingState.Fault, text, remedy)
            : free < DiskWarningBytes && free < total / 20 ? new Finding(check, FindingState.Warning, text, remedy)
            : new Finding(check, FindingState.Ok, text);
    }

    private List<Finding> Database()
    {
        const string check = "database";
        if (options.Database is null && !File.Exists(Path.Combine(options.DataDirectory, "godwit.db")))
            return [new Finding(check, FindingState.Skipped, "there is none yet")];
        try
        {
            var dialect = Dialect.Of(options.Database, Path.Combine(options.DataDirectory, "godwit.db"));
            return Migrator.AgeOf(dialect) switch
            {
                SchemaAge.Newer => [new Finding(check, FindingState.Fault, "it was written by a newer version of Godwit", "Run that version, or restore a backup from before the upgrade.")],
                SchemaAge.Older => [new Finding(check, FindingState.Warning, "it was written by an older version of Godwit", "Make a backup; the next start of this version brings it up to date and keeps a copy in backups/.")],
                SchemaAge.Empty => [new Finding(check, FindingState.Ok, "it is empty")],
                _ => Contents(DatabaseCheck.Run(dialect)),
            };
        }
        catch (Exception failure) when (failure is StorageException or System.Data.Common.DbException or IOException)
        {
            return [new Finding(check, FindingState.Fault, $"it cannot be read: {failure.Message}", "Check --database and the server it names; for SQLite, restore a backup if the file is damaged.")];
        }
    }

    private List<Finding> Contents(DatabaseCheck.Findings found)
    {
        var findings = found.Faults
            .Select(fault => new Finding(fault.StartsWith("The journal", StringComparison.Ordinal) ? "journal" : "database", FindingState.Fault, fault, "Restore a backup from before it happened, and find out who wrote to the database."))
            .ToList();
        if (findings.Count == 0)
            findings.Add(new Finding("database", FindingState.Ok, $"sound; the journal's {found.Journal.Records:#,0} records follow each other"));
        if (options.S3 is null && found.BytesIds.FirstOrDefault(id => !File.Exists(Path.Combine(options.DataDirectory, "objects", id[..2], id))) is { } missing)
            findings.Add(new Finding("objects", FindingState.Fault, $"the bytes {missing} are referred to and not there", "Restore the folder objects from a backup."));
        return findings;
    }

    private async Task<Finding> Service(CancellationToken ct)
    {
        const string check = "service";
        if (_running is not { } service)
            return new Finding(check, FindingState.Skipped, "none runs on this folder");
        if (!IsRunning)
            return new Finding(check, FindingState.Warning, $"it ended without saying so: process {service.ProcessId} is gone", "Start it again; nothing that was acknowledged is lost.");
        var (status, failure) = await around.Get(new Uri($"http://{service.Host}:{service.ApiPort}/health/ready"), ct);
        return status == 200
            ? new Finding(check, FindingState.Ok, $"process {service.ProcessId} serves on port {service.ApiPort}")
            : new Finding(check, FindingState.Fault, $"process {service.ProcessId} does not serve: {failure ?? $"/health/ready answers {status}"}", "Look at its log.");
    }

    private IEnumerable<Finding> Ports()
    {
        if (IsRunning)
            yield break;
        var address = IPAddress.Parse(options.Listen);
        foreach (var (name, port, flag) in new[] { ("API", options.ApiPort, "--api-port"), ("MQTT", options.MqttPort, "--mqtt-port"), ("HTTPS", options.HttpsPort, "--https-port") })
            if (port != 0)
                yield return around.Listen(address, port) is { } why
                    ? new Finding("ports", FindingState.Fault, $"the {name} port {port} cannot be listened on: {why}", $"End what uses it (ss -ltnp 'sport = :{port}' names it), or choose another: {flag}.")
                    : new Finding("ports", FindingState.Ok, $"the {name} port {port} is free");
    }

    private async Task<Finding> PublicUrl(CancellationToken ct)
    {
        const string check = "public URL";
        if (options.PublicUrl is not { } url)
            return new Finding(check, FindingState.Skipped, "none is set; devices download from the API port");
        var (status, failure) = await around.Get(new Uri(url.TrimEnd('/') + "/health/live"), ct);
        return status == 200
            ? new Finding(check, FindingState.Ok, $"{url} reaches the service")
            : new Finding(check, FindingState.Fault, $"{url} does not reach the service: {failure ?? $"/health/live answers {status}"}", "Devices download from there: check DNS, proxy and certificate, or correct --public-url.");
    }

    /// <summary>Opens a session as the service does: module, token and PIN are looked at in one go.</summary>
    private static Finding Token(Pkcs11Options token) => TokenKeys.WhyNot(token) is { } why
        ? new Finding("token", FindingState.Fault, $"token {token.Token} cannot be used: {why}", "Until then what is signed with its keys fails with this reason; godwit config show tells where its settings come from.")
        : new Finding("token", FindingState.Ok, $"token {token.Token} opens with its PIN");

    private static Finding OpenFiles()
    {
        const string check = "open files";
        if (!File.Exists("/proc/self/limits"))
            return new Finding(check, FindingState.Skipped, "this system does not tell its limit");
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        // The runtime raises the soft limit to the hard one by itself.
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, _, var hard, ..] && long.TryParse(hard, out var limit) && limit < 8192
            ? new Finding(check, FindingState.Warning, $"a process may open {limit} files, and each device is one", "Raise it: LimitNOFILE=65536 in the systemd unit, ulimit -n in a shell.")
            : new Finding(check, FindingState.Ok, "the limit is high enough for thousands of devices");
    }
}
