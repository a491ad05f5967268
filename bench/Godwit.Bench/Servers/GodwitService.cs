using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Godwit.Fleet.Operator;

namespace Godwit.Bench.Servers;

/// <summary>The product as it is run: <c>godwit serve</c>, set up through its public API only.</summary>
public sealed class GodwitService : IDisposable
{
    private const string KeyId = "AKIAIOSFODNN7BENCH00";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYBENCHKEY00";

    private readonly Func<PinnedProcess> _run;
    private readonly AwsClient _aws;
    private readonly FleetOperator _office;
    private readonly ECDsa _signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private PinnedProcess _process;

    private GodwitService(Func<PinnedProcess> run, int apiPort, int plainPort, int tlsPort)
    {
        (_run, _process, PlainPort, TlsPort) = (run, run(), plainPort, tlsPort);
        _aws = new AwsClient(new Uri($"http://127.0.0.1:{apiPort}"), KeyId, Secret, "us-east-1", TimeProvider.System);
        _office = new FleetOperator(_aws, _signer, TimeProvider.System);
    }

    public int ProcessId => _process.Id;

    /// <summary>A signed caller of its API; any number of calls at once.</summary>
    public AwsClient Api => _aws;

    public int PlainPort { get; }

    public int TlsPort { get; }

    public static async Task<GodwitService> Start(string data, IReadOnlyDictionary<string, string>? environment, CancellationToken ct)
    {
        var (api, plain, tls) = (PinnedProcess.FreePort(), PinnedProcess.FreePort(), PinnedProcess.FreePort());
        var service = new GodwitService(Run, api, plain, tls);
        await service._process.AwaitPort(plain, ct);
        await service._process.AwaitPort(api, ct);
        return service;

        PinnedProcess Run()
        {
            var process = new PinnedProcess(
                PinnedProcess.ServerCore,
                Binary(),
                ["serve", "--data", data, "--api-port", $"{api}", "--mqtt-port", $"{tls}", "--https-port", "0", "--mqtt-plain-port", $"{plain}",
                 "--access-key", $"{KeyId}:{Secret}", "--log-level", "Warning"],
                environment);
            process.DropOutput();
            return process;
        }
    }

    /// <summary>Kills it and starts it again on its folder and ports; returns when it listens for devices.</summary>
    public Task Restart(CancellationToken ct)
    {
        _process.Dispose();
        _process = _run();
        return _process.AwaitPort(TlsPort, ct);
    }

    /// <summary>Certificates under which any client id may connect.</summary>
    public async Task<X509Certificate2[]> RegisterForAnyClient(int count, CancellationToken ct)
    {
        await _aws.Call("iot", HttpMethod.Post, "/policies/any-client", new JsonObject
        {
            ["policyDocument"] = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iot:Connect","iot:Subscribe","iot:Publish","iot:Receive"],"Resource":"*"}}""",
        }, ct);
        await _office.CreateGroup("any-client", ct);
        var identities = new X509Certificate2[count];
        for (var i = 0; i < count; i++)
            identities[i] = await _office.Register($"any-{i}", "any-client", "any-client", ct);
        return identities;
    }

    /// <summary>An image in a bucket and a stream of it.</summary>
    public async Task CreateStream(string streamId, byte[] image, CancellationToken ct)
    {
        await _office.CreateBucket("bench", ct);
        await _office.Upload("bench", "image.bin", image, ct);
        await _aws.Call("iot", HttpMethod.Post, $"/streams/{streamId}", new JsonObject
        {
            ["files"] = new JsonArray(new JsonObject { ["fileId"] = 0, ["s3Location"] = new JsonObject { ["bucket"] = "bench", ["key"] = "image.bin" } }),
            ["roleArn"] = "arn:aws:iam::000000000000:role/bench",
        }, ct);
    }

    /// <summary>Things with a certificate and a policy each, as any operator registers them.</summary>
    public async Task<X509Certificate2[]> Register(IReadOnlyList<string> things, CancellationToken ct)
    {
        await _office.CreatePolicy("bench", ct);
        await _office.CreateGroup("bench", ct);
        var identities = new X509Certificate2[things.Count];
        for (var i = 0; i < things.Count; i++)
            identities[i] = await _office.Register(things[i], "bench", "bench", ct);
        return identities;
    }

    public void Dispose()
    {
        _aws.Dispose();
        _process.Dispose();
        _signer.Dispose();
    }

    public static string Binary()
    {
        // The Release build beside the sources: found from where this program lies.
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "src", "Godwit", "bin", "Release", "net10.0", "godwit");
            if (File.Exists(file))
                return file;
        }
        throw new FileNotFoundException("godwit is not built: dotnet build src/Godwit -c Release");
    }
}
