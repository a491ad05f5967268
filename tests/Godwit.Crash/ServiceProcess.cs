using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Crash;

/// <summary>The service as a process of its own on one data folder and fixed ports, so that devices find it again.</summary>
public sealed class ServiceProcess(string program, string folder) : IDisposable
{
    public const string AccessKey = "CRASH";
    public const string Secret = "crash-test-secret-crash-test-secret-0000";

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(1) };
    private Process? _process;

    public int ApiPort { get; } = FreePort();

    public int MqttPort { get; } = FreePort();

    public int HttpsPort { get; } = FreePort();

    public Uri Endpoint => new($"http://127.0.0.1:{ApiPort}");

    /// <summary>Starts it; answers how long it took until it said that it is ready.</summary>
    public async Task<TimeSpan> Start(CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        _process = Process.Start(new ProcessStartInfo(program)
        {
            ArgumentList =
            {
                "serve", "--data", folder, "--api-port", $"{ApiPort}", "--mqtt-port", $"{MqttPort}", "--https-port", $"{HttpsPort}",
                "--access-key", $"{AccessKey}:{Secret}", "--log-level", "Warning",
            },
            RedirectStandardOutput = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        while (!await IsReady(ct))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The service ended with {_process.ExitCode} instead of becoming ready.");
            if (clock.Elapsed > TimeSpan.FromSeconds(30))
                throw new TimeoutException("The service was not ready after 30 s.");
            await Task.Delay(5, ct);
        }
        return clock.Elapsed;
    }

    /// <summary>proc(5): VmRSS.</summary>
    public long ResidentBytes() => 1024 * long.Parse(
        File.ReadLines($"/proc/{_process!.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>SIGKILL: no goodbye, no flush.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is not null)
            Kill();
        _http.Dispose();
    }

    private async Task<bool> IsReady(CancellationToken ct)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(Endpoint, "/health/ready"), ct);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
