using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Fleet.Link;
using Godwit.Mqtt.Packets;

namespace Godwit.Crash.Floods;

/// <summary>
/// The other side, in a process of its own, so that what it costs to attack is not mistaken for what it costs to be attacked. It says <c>ready</c> when its crowd stands
/// or its first requests are out, and for a crowd afterwards how many the service has not closed in time.
/// </summary>
public sealed class Attacker(CrashOptions options)
{
    public const string ThingName = "attacker", Ready = "ready";

    private const int Connections = 4;
    private const int Burst = 64;

    /// <summary>The service gives a peer 5 s for each step; one that has said hello may wait for a minute before its turn comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<Socket> _sockets = [];

    public int MqttPort { get; } = options.Ports[0];

    public int ApiPort { get; } = options.Ports[1];

    public int HttpsPort { get; } = options.Ports[2];

    /// <summary>Until its input ends.</summary>
    public async Task<int> Run()
    {
        using var stop = new CancellationTokenSource();
        var attack = Attack.All.First(each => each.Name == options.Attack);
        var run = attack.Run(this, stop.Token);
        if (attack.Crowd)
        {
            await run;
            Console.WriteLine(Ready);
            if (attack.ClosedSoon)
                Console.WriteLine(await StillOpen());
        }
        else
        {
            Console.WriteLine(Ready);
        }

        await Console.In.ReadToEndAsync(CancellationToken.None);
        await stop.CancelAsync();
        _sockets.ForEach(socket => socket.Dispose());
        await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    public async Task Dial(int port, byte[] bytes, CancellationToken ct)
    {
        for (var i = 0; i < options.Sockets; i++)
        {
            // One source address has some 28,000 ports.
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (i % 8))]), 0));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), ct);
            if (bytes.Length > 0)
                await socket.SendAsync(bytes, ct);
            _sockets.Add(socket);
        }
    }

    /// <summary>A12: whole handshakes, each with a certificate that nobody has registered, and a CONNECT.</summary>
    public async Task ConnectAsStranger(CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = new CertificateRequest("CN=stranger", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await ManyTimes(() => ComeAndGo(stranger, "stranger", ct), ct);
    }

    /// <summary>A13: connections that throw each other out.</summary>
    public Task FightForAnId(CancellationToken ct) => ManyTimes(() => ComeAndGo(Identity(), ThingName, ct), ct);

    private async Task ComeAndGo(X509Certificate2 identity, string clientId, CancellationToken ct)
    {
        await using var tls = await Connect(identity, clientId, ct);
    }

    /// <summary>A18, F10: as fast as the socket takes them, and nothing that comes back is read.</summary>
    public Task FloodWithPublishes(string topic, CancellationToken ct)
    {
        using var output = new PooledBuffer();
        var publish = new PublishPacket { TopicUtf8 = System.Text.Encoding.UTF8.GetBytes(topic), Payload = "{}"u8.ToArray() };
        for (var i = 0; i < Burst; i++)
            PacketWriter.Publish(output, ProtocolLevel.V311, publish);
        return Flood(output.Written.ToArray(), ct);
    }

    /// <summary>A18: as many filters as a packet may have, and away with them again.</summary>
    public Task Subscribe(CancellationToken ct)
    {
        using var output = new PooledBuffer();
        for (var i = 0; i < Burst / 2; i++)
        {
            string[] filters = [.. Enumerable.Range(i, 8).Select(n => $"+/{n}/a/+/b/#")];
            PacketWriter.Subscribe(output, ProtocolLevel.V311, new SubscribePacket(1, [.. filters.Select(filter => new SubscribeFilter(filter, QoS.AtMostOnce))]));
            PacketWriter.Unsubscribe(output, ProtocolLevel.V311, new UnsubscribePacket(2, filters));
        }

        return Flood(output.Written.ToArray(), ct);
    }

    private Task Flood(byte[] burst, CancellationToken ct) => Task.WhenAll(Enumerable.Range(0, Connections).Select(i => ManyTimesOnce(
        async () =>
        {
            await using var tls = await Connect(Identity(), $"{ThingName}{i}", ct);
            while (true)
                await tls.WriteAsync(burst, ct);
        },
        ct)));

    private static Task ManyTimes(Func<Task> deed, CancellationToken ct) => Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => ManyTimesOnce(deed, ct)));

    private static async Task ManyTimesOnce(Func<Task> deed, CancellationToken ct)
    {
        await Task.Yield();
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await deed();
            }
            catch (Exception refused) when (refused is IOException or SocketException or AuthenticationException or OperationCanceledException)
            {
                // Thrown out, as it should be: once more.
            }
        }
    }

    /// <summary>TLS and CONNECT, and the first bytes of an answer or the end.</summary>
    private async Task<SslStream> Connect(X509Certificate2 identity, string clientId, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, MqttPort), ct);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ClientCertificateContext = SslStreamCertificateContext.Create(identity, additionalCertificates: null, offline: true),
                    RemoteCertificateValidationCallback = static (_, _, _, _) => true,
                },
                ct);
            using var output = new PooledBuffer();
            PacketWriter.Connect(output, new ConnectPacket { Level = ProtocolLevel.V311, ClientId = clientId, CleanStart = true, KeepAliveSeconds = 60 });
            await tls.WriteAsync(output.Written, ct);
            var answer = new byte[4];
            _ = await tls.ReadAsync(answer.AsMemory(), ct);
            return tls;
        }
        catch
        {
            socket.Dispose();
            await tls.DisposeAsync();
            throw;
        }
    }

    private X509Certificate2 Identity() => X509CertificateLoader.LoadPkcs12FromFile(options.Identity, null);

    private async Task<int> StillOpen()
    {
        using var patience = new CancellationTokenSource(Patience);
        return (await Task.WhenAll(_sockets.Select(socket => IsOpen(socket, patience.Token)))).Count(open => open);
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
