using Godwit.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests;

/// <summary>The real service on a folder of its own and on free ports; the folder goes when it is disposed.</summary>
public sealed class TestServer : IAsyncDisposable
{
    /// <summary>A key that every test server knows.</summary>
    public static readonly PresetAccessKey Key = new("AKIATESTTESTTESTTEST", "test/Secret+0123456789abcdefghijklmnopqr", "000000000000");

    /// <summary>A key of another account.</summary>
    public static readonly PresetAccessKey OtherKey = new("AKIAOTHEROTHEROTHER0", "other/Secret+123456789abcdefghijklmnopqr", "123456789012");

    private readonly string _folder;
    private GodwitServer _server;

    private TestServer(string folder, GodwitServer server, TimeProvider time) => (_folder, _server, Time) = (folder, server, time);

    public TimeProvider Time { get; }

    public string Folder => _folder;

    public Endpoints Endpoints => _server.Endpoints;

    public Uri Address => new($"http://127.0.0.1:{Endpoints.ApiPort}");

    /// <param name="logging">Where log lines go; nowhere without it.</param>
    public static async Task<TestServer> Start(TimeProvider? time = null, Func<ServerOptions, ServerOptions>? configure = null, Action<ILoggingBuilder>? logging = null)
    {
        var folder = TestStorage.Prepare(Directory.CreateTempSubdirectory("godwit-test-").FullName);
        var clock = time ?? TimeProvider.System;
        return new TestServer(folder, await StartOn(folder, clock, configure, logging), clock);
    }

    public T Get<T>() where T : notnull => _server.Services.GetRequiredService<T>();

    /// <summary>A client of one service (<c>iot</c>, <c>iot-jobs-data</c>, <c>s3</c>, …), by default with <see cref="Key"/>.</summary>
    public SignedClient Client(string service, PresetAccessKey? key = null, string region = "us-east-1") =>
        new(Address, key ?? Key, service, Time, region);

    /// <summary>Stops and starts again on the same folder, as after an upgrade.</summary>
    public async Task Restart(Func<ServerOptions, ServerOptions>? configure = null)
    {
        await _server.DisposeAsync();
        _server = await StartOn(_folder, Time, configure);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        TestStorage.Drop(_folder);
    }

    private static Task<GodwitServer> StartOn(string folder, TimeProvider time, Func<ServerOptions, ServerOptions>? configure, Action<ILoggingBuilder>? logging = null)
    {
        var options = new ServerOptions
        {
            DataDirectory = folder, Database = TestStorage.ConnectionString(folder), ApiPort = 0, MqttPort = 0, HttpsPort = 0, AccessKeys = [Key, OtherKey], TimeoutGrace = TimeSpan.Zero,
        };
        return GodwitServer.Start(
            configure?.Invoke(options) ?? options, time, new SystemRandomSource(), logging ?? (_ => { }), TestContext.Current.CancellationToken);
    }
}
