using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Godwit.Fleet.Link;
using Godwit.Fleet.Operator;
using Godwit.Mqtt.Packets;

namespace Godwit.Crash;

/// <summary>A device that asks for its jobs and an API caller, one request after the other, and how they are answered.</summary>
public sealed class GoodClients : IAsyncDisposable
{
    private const string Thing = "good-device";

    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<int> _answers = Channel.CreateUnbounded<int>();
    private readonly Lock _gate = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
    private List<double> _times = [];
    private int _failed;
    private DeviceMqttClient _device = null!;
    private Task _running = Task.CompletedTask;

    public static async Task<GoodClients> Start(ServiceProcess service, FleetOperator office, X509Certificate2 root, CancellationToken ct)
    {
        await office.CreatePolicy("good", ct);
        await office.CreateGroup("good", ct);
        var clients = new GoodClients();
        clients._device = await DeviceMqttClient.Connect(
            new DeviceEndpoint("localhost", service.MqttPort, root), await office.Register(Thing, "good", "good", ct),
            new ConnectPacket { Level = ProtocolLevel.V311, ClientId = Thing, CleanStart = true, KeepAliveSeconds = 1200 },
            (topic, _) => clients._answers.Writer.TryWrite(topic.EndsWith("/accepted", StringComparison.Ordinal) ? 1 : 0), _ => { }, ct);
        clients._running = Task.WhenAll(clients._device.Run(clients._stop.Token), clients.Ask(clients.AskForJobs), clients.Ask(() => clients.AskHealth(service)));
        return clients;
    }

    public void Begin()
    {
        lock (_gate)
            (_times, _failed) = ([], 0);
    }

    public Served End()
    {
        lock (_gate)
        {
            var sorted = _times.Order().ToList();
            return new Served(sorted.Count, _failed, sorted.Count == 0 ? 0 : sorted[(int)(sorted.Count * 0.99)]);
        }
    }

    public async Task<Served> Measure(TimeSpan time, CancellationToken ct)
    {
        Begin();
        await Task.Delay(time, ct);
        return End();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _device.DisposeAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task Ask(Func<Task> question)
    {
        while (!_stop.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            var good = true;
            try
            {
                await question();
            }
            catch (Exception failure) when (failure is HttpRequestException or TimeoutException or TaskCanceledException && !_stop.IsCancellationRequested)
            {
                good = false;
            }

            lock (_gate)
            {
                _times.Add(clock.Elapsed.TotalMilliseconds);
                _failed += good ? 0 : 1;
            }

            await Task.Delay(2, _stop.Token);
        }
    }

    private async Task AskForJobs()
    {
        _device.Publish($"$aws/things/{Thing}/jobs/get", "{}"u8.ToArray(), packetId: 0, dup: false);
        if (await _answers.Reader.ReadAsync(_stop.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), _stop.Token) != 1)
            throw new TimeoutException("The device's request was rejected.");
    }

    private async Task AskHealth(ServiceProcess service)
    {
        using var answer = await _http.GetAsync(new Uri(service.Endpoint, "/health/ready"), _stop.Token);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>How requests fared.</summary>
    public sealed record Served(int Answered, int Failed, double P99Milliseconds)
    {
        public override string ToString() => $"{Answered} times, {Failed} failed, p99 {P99Milliseconds:0.0} ms";
    }
}
