using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Bench.Servers;

namespace Godwit.Bench.Blocks;

/// <summary>One row of the table: the processes that are charged, and how a client reaches them.</summary>
/// <param name="Connect">Client number, shape.</param>
/// <param name="Serves">Whether it takes part in a shape.</param>
public sealed record Contestant(string Name, IReadOnlyList<int> Processes, Func<int, BlockShape, CancellationToken, Task<BlockClient>> Connect, Func<BlockShape, bool> Serves);

/// <summary>All servers of the benchmark, started once and left running, each idle while another is measured.</summary>
public sealed class Contestants : IDisposable
{
    public const string Godwit = "Godwit";
    public const string GodwitInline = "Godwit, inline completions";
    public const string Mosquitto = "mosquitto + backend";
    public const string Nginx = "nginx, ranges";
    public const string Raw = "raw TCP (C#)";

    private const int ImageBytes = 16 << 20;
    private const string StreamId = "bench";

    private readonly List<IDisposable> _running = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-bench-").FullName;
    private readonly byte[] _image = RandomNumberGenerator.GetBytes(ImageBytes);

    public List<Contestant> All { get; } = [];

    public async Task Start(BenchOptions options, CancellationToken ct)
    {
        // Workers of a server that gave up its rights must be able to read the image.
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_001_001);
        var imageFile = Path.Combine(_folder, "image.bin");
        await File.WriteAllBytesAsync(imageFile, _image, ct);
        var pki = new Pki(_folder);
        var things = Enumerable.Range(0, options.Clients).Select(i => $"dev{i:000}").ToArray();
        (string Name, Func<Task> Add)[] all =
        [
            (Godwit, () => AddGodwit(Godwit, "data", null, things, ct)),
            (GodwitInline, () => AddGodwit(GodwitInline, "data-inline", PinnedProcess.InlineCompletions, things, ct)),
            (Mosquitto, () => AddMosquitto(imageFile, pki, things, ct)),
            (Nginx, () => AddNginx(pki, ct)),
            (Raw, () => AddRaw(imageFile, ct)),
        ];
        foreach (var (name, add) in all)
        {
            if (name.Contains(options.Servers, StringComparison.OrdinalIgnoreCase))
                await add();
        }
    }

    public void Dispose()
    {
        _running.ForEach(running => running.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AddGodwit(string name, string data, IReadOnlyDictionary<string, string>? environment, string[] things, CancellationToken ct)
    {
        var service = Keep(await GodwitService.Start(Path.Combine(_folder, data), environment, ct));
        await service.CreateStream(StreamId, _image, ct);
        var identities = await service.Register(things, ct);
        All.Add(new Contestant(
            name,
            [service.ProcessId],
            async (i, shape, token) => await Mqtt(shape.Tls ? service.TlsPort : service.PlainPort, identities[i], things[i], shape, token),
            static _ => true));
    }

    private async Task AddMosquitto(string imageFile, Pki pki, string[] things, CancellationToken ct)
    {
        var mosquitto = Keep(await Servers.Mosquitto.Start(_folder, pki, ct));
        var backend = Keep(Helper("backend", mosquitto.PlainPort, imageFile));
        if (await backend.Output.ReadLineAsync(ct) != "ready")
            throw new InvalidOperationException("The backend behind mosquitto did not come up.");
        All.Add(new Contestant(
            Mosquitto,
            [mosquitto.ProcessId, backend.Id],
            async (i, shape, token) => await Mqtt(shape.Tls ? mosquitto.TlsPort : mosquitto.PlainPort, pki.Client, things[i], shape, token),
            static _ => true));
    }

    private async Task AddNginx(Pki pki, CancellationToken ct)
    {
        var nginx = Keep(await Servers.Nginx.Start(_folder, _folder, pki, ct));
        All.Add(new Contestant(
            Nginx,
            [nginx.ProcessId],
            async (_, shape, token) => new HttpRangeClient(await Open(shape.Tls ? nginx.TlsPort : nginx.PlainPort, pki.Client, shape, token), shape, _image),
            static shape => shape.BlocksPerRequest == 1));
    }

    private async Task AddRaw(string imageFile, CancellationToken ct)
    {
        var port = PinnedProcess.FreePort();
        var raw = Keep(Helper("raw", port, imageFile));
        await raw.AwaitPort(port, ct);
        All.Add(new Contestant(
            Raw,
            [raw.Id],
            async (_, shape, token) => new RawClient(await Open(port, pki: null, shape, token), shape, _image),
            static shape => !shape.Tls && shape.BlocksPerRequest == 1));
    }

    private async Task<BlockClient> Mqtt(int port, X509Certificate2 identity, string thing, BlockShape shape, CancellationToken ct) =>
        await MqttBlockClient.Connect(await Open(port, identity, shape, ct), thing, StreamId, shape, _image, ct);

    private static Task<Stream> Open(int port, X509Certificate2? pki, BlockShape shape, CancellationToken ct) =>
        BlockClient.Open(port, shape.Tls ? pki : null, ct);

    /// <summary>This program with another verb, beside the servers.</summary>
    private static PinnedProcess Helper(string verb, int port, string image) => new(
        PinnedProcess.ServerCore, Environment.ProcessPath!, [verb, "--port", $"{port}", "--image", image], PinnedProcess.InlineCompletions);

    private T Keep<T>(T running) where T : IDisposable
    {
        // The last started stops first.
        _running.Insert(0, running);
        return running;
    }
}
