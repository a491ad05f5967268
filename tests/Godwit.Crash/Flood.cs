using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Fleet.Operator;

namespace Godwit.Crash;

/// <summary>
/// Attack A17 and fault F10 on the running service: thousands of sockets that never finish what they begin, on each port, and devices that read nothing. What the
/// service holds of them is bounded, they are closed in time, and a device and an API caller are answered all the while.
/// </summary>
public static class Flood
{
    /// <summary>What the service's resident memory may grow by, however many there are.</summary>
    private const long GrowthMax = 64L << 20;

    /// <summary>Sockets a process may have on a small machine, with room for the others.</summary>
    private const int SocketsMax = 18_000;

    /// <summary>The service gives a peer 5 s, looks once a second, and closes thousands of them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly (string Name, bool Mqtt, string Hex)[] Kinds =
    [
        ("nothing after TCP", true, ""),
        ("one byte of a TLS record", true, "16"),
        ("half a TLS hello", true, "16030100F8010000F40303"),
        ("a CONNECT without TLS", true, "10BF3E00044D5154540402003C1F3000"),
        ("half a request line", false, "47455420"),
        ("half a header", false, "474554202F7468696E677320485454502F312E310D0A486F73743A206C6F63"),
    ];

    public static async Task<int> Run(CrashOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-flood-").FullName;
        using var service = new ServiceProcess(options.Program, folder);
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var aws = new AwsClient(service.Endpoint, ServiceProcess.AccessKey, ServiceProcess.Secret, "us-east-1", TimeProvider.System);
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        await service.Start(end.Token);
        var office = new FleetOperator(aws, signer, TimeProvider.System);
        var root = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(folder, "tls", "ca.pem"), end.Token));
        await using var good = await GoodClients.Start(service, office, root, end.Token);
        var normal = await good.Measure(TimeSpan.FromSeconds(3), end.Token);
        var count = Math.Min(options.Sockets, SocketsMax);
        Console.WriteLine($"{count} sockets of each kind; without them the good ones were answered {normal}");

        var failures = new List<string>();
        foreach (var (name, mqtt, hex) in Kinds)
            failures.AddRange(await Attack(name, new IPEndPoint(IPAddress.Loopback, mqtt ? service.MqttPort : service.ApiPort), Convert.FromHexString(hex), count, mqtt, service, good, end.Token));
        foreach (var failure in failures)
            Console.WriteLine($"FAILED {failure}");
        if (failures.Count == 0)
            Directory.Delete(folder, recursive: true);
        return failures.Count == 0 ? 0 : 1;
    }

    private static async Task<List<string>> Attack(
        string name, IPEndPoint at, byte[] bytes, int count, bool closedSoon, ServiceProcess service, GoodClients good, CancellationToken ct)
    {
        var failures = new List<string>();
        var before = service.ResidentBytes();
        good.Begin();
        var sockets = new List<Socket>(count);
        try
        {
            for (var i = 0; i < count; i++)
                sockets.Add(await Open(at, i, bytes, ct));
            var grown = service.ResidentBytes() - before;
            var open = closedSoon ? await StillOpen(sockets, ct) : 0;
            var during = good.End();
            Console.WriteLine($"{name,-26} memory {(grown >= 0 ? "+" : "")}{grown / 1048576.0:0.0} MiB, {open} not closed in time; the good ones were answered {during}");
            if (grown > GrowthMax)
                failures.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: the service's memory grew by {grown / 1048576.0:0.0} MiB, more than {GrowthMax >> 20}"));
            if (open > 0)
                failures.Add($"{name}: {open} sockets were open after {Patience.TotalSeconds} s");
            if (during.Failed > 0 || during.Answered == 0)
                failures.Add($"{name}: good clients were not served: {during}");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        return failures;
    }

    private static async Task<Socket> Open(IPEndPoint at, int number, byte[] bytes, CancellationToken ct)
    {
        // One source address has some 28,000 ports.
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (number % 8))]), 0));
        await socket.ConnectAsync(at, ct);
        if (bytes.Length > 0)
            await socket.SendAsync(bytes, ct);
        return socket;
    }

    private static async Task<int> StillOpen(List<Socket> sockets, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        return (await Task.WhenAll(sockets.Select(socket => IsOpen(socket, patience.Token)))).Count(open => open);
    }

    /// <summary>An alert or the like may come before the end.</summary>
    private static async Task<bool> IsOpen(Socket socket, CancellationToken ct)
    {
        var buffer = new byte[64];
        try
        {
            while (await socket.ReceiveAsync(buffer, ct) > 0)
            {
            }

            return false;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
