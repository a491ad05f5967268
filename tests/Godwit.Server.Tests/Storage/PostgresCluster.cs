using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Server.Tests.Storage;

/// <summary>A PostgreSQL of this test's own, to be killed. The script that runs it is named by GODWIT_TEST_POSTGRES_CLUSTER.</summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private readonly string _script;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"godwit-pg-{Guid.NewGuid():N}");
    private readonly int _port = FreePort();

    private PostgresCluster(string script) => _script = script;

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=godwit;Database=postgres";

    public static async Task<PostgresCluster> Start()
    {
        var script = Environment.GetEnvironmentVariable("GODWIT_TEST_POSTGRES_CLUSTER");
        Assert.SkipWhen(string.IsNullOrEmpty(script), "GODWIT_TEST_POSTGRES_CLUSTER names no script; ./test postgres does.");
        var cluster = new PostgresCluster(script!);
        await cluster.StartAgain();
        return cluster;
    }

    public Task StartAgain() => Run("start", _folder, _port.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>SIGKILL for the postmaster; its backends notice and go.</summary>
    public Task Crash() => Run("crash", _folder);

    public async ValueTask DisposeAsync() => await Run("stop", _folder);

    private async Task Run(params string[] arguments)
    {
        using var process = Process.Start(_script, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
