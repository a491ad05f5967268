using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Godwit.Fleet.Operator;
using Godwit.Server;
using Godwit.Server.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Testing;

/// <summary>
/// The whole service in this process: real ports, real TLS, a data folder of its own that goes when it is disposed, and a clock that stands still until the test moves it.
/// Any AWS SDK or MQTT client can talk to it, and so can <see cref="Call"/>.
/// </summary>
public sealed class GodwitInstance : IAsyncDisposable
{
    private readonly string _folder;
    private readonly AwsClient _aws;
    private readonly GodwitServer _server;

    private GodwitInstance(string folder, GodwitServer server, PresetAccessKey key, FakeTimeProvider clock)
    {
        (_folder, _server, Clock, AccessKeyId, SecretAccessKey, Account) = (folder, server, clock, key.Id, key.Secret, key.Account);
        CaCertificate = X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(folder, "tls", "ca.pem")));
        _aws = new AwsClient(Endpoint, AccessKeyId, SecretAccessKey, Region, clock);
    }

    /// <summary>Starts on free ports; the clock begins at the present moment.</summary>
    /// <param name="configure">Changes settings, for example <c>options => options with { PublicUrl = … }</c>.</param>
    public static async Task<GodwitInstance> Start(Func<ServerOptions, ServerOptions>? configure = null, CancellationToken ct = default)
    {
        var folder = Scratch.New();
        var key = new PresetAccessKey("TESTING", RandomNumberGenerator.GetHexString(40, lowercase: true), "000000000000");
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        // A test moves its clock by hours at once, which is no outage.
        var options = new ServerOptions { DataDirectory = folder, ApiPort = 0, MqttPort = 0, HttpsPort = 0, AccessKeys = [key], TimeoutGrace = TimeSpan.Zero };
        try
        {
            return new GodwitInstance(folder, await GodwitServer.Start(configure?.Invoke(options) ?? options, clock, new SystemRandomSource(), logging => logging.SetMinimumLevel(LogLevel.None), ct), key, clock);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>What SDKs call ServiceURL or endpoint_url.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{_server.Endpoints.ApiPort}");

    /// <summary>MQTT over mutual TLS at <c>localhost</c>.</summary>
    public int MqttPort => _server.Endpoints.MqttPort;

    /// <summary>The jobs data plane with client certificates at <c>localhost</c>.</summary>
    public int HttpsPort => _server.Endpoints.HttpsPort;

    public string AccessKeyId { get; }

    public string SecretAccessKey { get; }

    public string Account { get; }

    public string Region => "us-east-1";

    /// <summary>The CA that devices must trust.</summary>
    public X509Certificate2 CaCertificate { get; }

    /// <summary>The service's clock.</summary>
    public FakeTimeProvider Clock { get; }

    /// <summary>By how much the service's clock is ahead of this machine's. SDKs sign with the machine's: give them this as clock correction once it passes five minutes.</summary>
    public TimeSpan ClockOffset => Clock.GetUtcNow() - TimeProvider.System.GetUtcNow();

    /// <summary>Lets time pass for the service: rollouts start the next devices, time-outs run out, windows open.</summary>
    public void Advance(TimeSpan time) => Clock.Advance(time);

    /// <summary>A signed call of an operation with a JSON body, by the service's clock, for example <c>Call(HttpMethod.Post, "/things/dev7", [])</c>.</summary>
    /// <exception cref="AwsCallException">The service refused; Code has the exception's name.</exception>
    public Task<JsonObject> Call(HttpMethod method, string path, JsonObject? body, CancellationToken ct = default) => _aws.Call("iot", method, path, body, ct);

    /// <summary>The device begins its next job, as by StartNextPendingJobExecution of the jobs data plane.</summary>
    public Task<JsonObject> Start(string thing, CancellationToken ct = default) => _aws.Call("iot-jobs-data", HttpMethod.Put, $"/things/{thing}/jobs/$next", [], ct);

    /// <summary>The device reports on a job, as by UpdateJobExecution.</summary>
    public Task<JsonObject> Report(string thing, string jobId, string status, CancellationToken ct = default) =>
        _aws.Call("iot-jobs-data", HttpMethod.Post, $"/things/{thing}/jobs/{jobId}", new JsonObject { ["status"] = status }, ct);

    /// <summary>Uploads, registers devices and makes updates, as an operator does by the public API.</summary>
    /// <param name="signer">The key that signs images.</param>
    public FleetOperator Operator(ECDsa signer) => new(_aws, signer, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        _aws.Dispose();
        CaCertificate.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
