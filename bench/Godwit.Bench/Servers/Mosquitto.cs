namespace Godwit.Bench.Servers;

/// <summary>mosquitto with nothing that slows it down: no logs, no persistence, queues without bounds.</summary>
public sealed class Mosquitto : IDisposable
{
    private readonly string _settings;
    private PinnedProcess _process;

    private Mosquitto(string settings, int plainPort, int tlsPort) => (_settings, _process, PlainPort, TlsPort) = (settings, Run(settings), plainPort, tlsPort);

    public int ProcessId => _process.Id;

    public int PlainPort { get; }

    public int TlsPort { get; }

    public static async Task<Mosquitto> Start(string folder, Pki pki, CancellationToken ct)
    {
        var (plain, tls) = (PinnedProcess.FreePort(), PinnedProcess.FreePort());
        var settings = Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllTextAsync(settings,
            $"""
            log_dest none
            persistence false
            allow_anonymous true
            set_tcp_nodelay true
            max_queued_messages 0
            max_queued_bytes 0
            {(Environment.UserName == "root" ? "user root" : "")}
            listener {plain} 127.0.0.1
            listener {tls} 127.0.0.1
            cafile {pki.CaFile}
            certfile {pki.CertificateFile}
            keyfile {pki.KeyFile}
            require_certificate true

            """, ct);
        var mosquitto = new Mosquitto(settings, plain, tls);
        await mosquitto._process.AwaitPort(plain, ct);
        await mosquitto._process.AwaitPort(tls, ct);
        return mosquitto;
    }

    /// <summary>Kills it and starts it again on its ports; returns when it listens.</summary>
    public Task Restart(CancellationToken ct)
    {
        _process.Dispose();
        _process = Run(_settings);
        return _process.AwaitPort(TlsPort, ct);
    }

    public void Dispose() => _process.Dispose();

    private static PinnedProcess Run(string settings)
    {
        var process = new PinnedProcess(PinnedProcess.ServerCore, "mosquitto", ["-c", settings]);
        process.DropOutput();
        return process;
    }
}
