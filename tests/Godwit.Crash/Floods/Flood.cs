using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Godwit.Fleet.Operator;

namespace Godwit.Crash.Floods;

/// <summary>
/// Attacks A12 to A18 and fault F10 on the running service. What the service holds of its attackers is bounded, they are closed in time, and a device and an API caller
/// are answered all the while, nearly as fast as without: medians over windows of one run, with the attack and right before it.
/// </summary>
public static class Flood
{
    /// <summary>What the service's resident memory may grow by, however many there are.</summary>
    private const long GrowthMax = 64L << 20;

    /// <summary>Sockets a process may have on a small machine, with room for the others.</summary>
    private const int SocketsMax = 18_000;

    /// <summary>How many times as long the good ones may wait, and how much does not count in any case: less than that a busy scheduler costs by itself.</summary>
    private const double SlowerMax = 2, SlackMilliseconds = 2;

    private const int Windows = 5;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    public static async Task<int> Run(CrashOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-flood-").FullName;
        using var service = new ServiceProcess(options.Program, folder);
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var aws = new AwsClient(service.Endpoint, ServiceProcess.AccessKey, ServiceProcess.Secret, "us-east-1", TimeProvider.System);
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(15));
        await service.Start(end.Token);
        var office = new FleetOperator(aws, signer, TimeProvider.System);
        var root = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(folder, "tls", "ca.pem"), end.Token));
        await using var good = await GoodClients.Start(service, office, root, end.Token);
        var identity = await RegisterAttacker(aws, office, folder, end.Token);
        await good.Measure(TimeSpan.FromSeconds(5), end.Token);
        var asked = options with { Sockets = Math.Min(options.Sockets, SocketsMax), Ports = [service.MqttPort, service.ApiPort, service.HttpsPort], Identity = identity };
        Console.WriteLine($"{asked.Sockets} sockets in each crowd; p99 of the good ones without the attack and with it, medians of windows of {Window.TotalSeconds} s");

        var failures = new List<string>();
        foreach (var attack in Attack.All.Where(attack => attack.Name.Contains(options.Attack, StringComparison.Ordinal)))
            failures.AddRange(await Suffer(attack, asked, service, good, end.Token));
        foreach (var failure in failures)
            Console.WriteLine($"FAILED {failure}");
        if (failures.Count == 0)
            Directory.Delete(folder, recursive: true);
        return failures.Count == 0 ? 0 : 1;
    }

    private static async Task<List<string>> Suffer(Attack attack, CrashOptions options, ServiceProcess service, GoodClients good, CancellationToken ct)
    {
        var calm = await Take(good, () => true, ct);
        var before = service.ResidentBytes();
        using var attacker = Start(attack, options);
        var ready = attacker.StandardOutput.ReadLineAsync(ct).AsTask();
        var during = await Take(good, () => ready.IsCompleted, ct);
        var grown = service.ResidentBytes() - before;
        var open = attack.ClosedSoon ? int.Parse(await attacker.StandardOutput.ReadLineAsync(ct) ?? "", CultureInfo.InvariantCulture) : 0;
        attacker.StandardInput.Close();
        await attacker.WaitForExitAsync(ct);

        var (usual, under) = (Median(calm), Median(during));
        Console.WriteLine(
            $"{attack.Name,-26} memory {(grown >= 0 ? "+" : "")}{grown / 1048576.0:0.0} MiB, {open} not closed in time; p99 {usual:0.0} and {under:0.0} ms, {under / usual:0.0} times; " +
            $"{during.Sum(window => window.Answered)} answers, {during.Sum(window => window.Failed)} failed");
        List<string> failures = [];
        if (await ready != Attacker.Ready)
            failures.Add($"{attack.Name}: the attacker did not come so far");
        if (grown > GrowthMax)
            failures.Add(string.Create(CultureInfo.InvariantCulture, $"{attack.Name}: the service's memory grew by {grown / 1048576.0:0.0} MiB, more than {GrowthMax >> 20}"));
        if (open > 0)
            failures.Add($"{attack.Name}: {open} sockets were not closed in time");
        if (during.Exists(window => window.Failed > 0 || window.Answered == 0))
            failures.Add($"{attack.Name}: good clients were not served");
        if (under > Math.Max(SlowerMax * usual, usual + SlackMilliseconds))
            failures.Add(string.Create(CultureInfo.InvariantCulture, $"{attack.Name}: good clients waited {under:0.0} ms at p99, without it {usual:0.0}"));
        return failures;
    }

    /// <summary>Some windows, and as many more as it takes.</summary>
    private static async Task<List<GoodClients.Served>> Take(GoodClients good, Func<bool> enough, CancellationToken ct)
    {
        List<GoodClients.Served> windows = [];
        while (windows.Count < Windows || !enough())
            windows.Add(await good.Measure(Window, ct));
        return windows;
    }

    private static double Median(List<GoodClients.Served> windows) => windows.Select(window => window.P99Milliseconds).Order().ElementAt(windows.Count / 2);

    /// <summary>Behind everything else, as attackers have machines of their own.</summary>
    private static Process Start(Attack attack, CrashOptions options) => Process.Start(new ProcessStartInfo("nice")
    {
        ArgumentList =
        {
            "-n", "19", Environment.ProcessPath!, "--godwit", options.Program, "--be", attack.Name, "--sockets", $"{options.Sockets}",
            "--ports", string.Join(',', options.Ports), "--identity", options.Identity,
        },
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    /// <returns>Where its certificate and key lie.</returns>
    private static async Task<string> RegisterAttacker(AwsClient aws, FleetOperator office, string folder, CancellationToken ct)
    {
        const string All = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}""";
        await aws.Call("iot", HttpMethod.Post, "/policies/attacker", new JsonObject { ["policyDocument"] = All }, ct);
        await office.CreateGroup("attackers", ct);
        using var identity = await office.Register(Attacker.ThingName, "attacker", "attackers", ct);
        var path = Path.Combine(folder, "attacker.p12");
        await File.WriteAllBytesAsync(path, identity.Export(X509ContentType.Pkcs12), ct);
        return path;
    }
}
