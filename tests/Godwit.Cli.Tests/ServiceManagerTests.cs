using System.Net.Sockets;
using System.Text;
using Godwit.Server.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Cli.Tests;

/// <summary>What systemd hears, on a socket of its kind.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-sd-").FullName;
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly FakeTimeProvider _time = new();

    private string Path_ => Path.Combine(_folder, "notify");

    public ServiceManagerTests()
    {
        _systemd.Bind(new UnixDomainSocketEndPoint(Path_));
        _systemd.ReceiveTimeout = 10_000;
    }

    public void Dispose()
    {
        _systemd.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_says_when_it_is_ready_that_it_lives_and_that_it_goes()
    {
        var alive = true;
        await using var manager = new ServiceManager(Variables("4000000"), _time);
        manager.Ready("serving", () => Task.FromResult(alive));
        Assert.Equal("READY=1\nSTATUS=serving", Heard());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("WATCHDOG=1", Heard());
        // One that does not answer says nothing, and systemd starts it anew.
        alive = false;
        _time.Advance(TimeSpan.FromSeconds(2));
        manager.Stopping();
        Assert.Equal("STOPPING=1", Heard());
    }

    [Fact]
    public async Task Where_nobody_listens_it_is_silent()
    {
        await using var manager = new ServiceManager(_ => null, _time);
        manager.Ready("serving", () => Task.FromResult(true));
        manager.Stopping();
        await using var gone = new ServiceManager(name => name == "NOTIFY_SOCKET" ? Path.Combine(_folder, "gone") : null, _time);
        gone.Ready("serving", () => Task.FromResult(true));
        Assert.Equal(0, _systemd.Available);
    }

    private Func<string, string?> Variables(string watchdog) => name => name switch { "NOTIFY_SOCKET" => Path_, "WATCHDOG_USEC" => watchdog, _ => null };

    private string Heard()
    {
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, _systemd.Receive(buffer));
    }
}
