using System.Net.Sockets;
using System.Text;

namespace Godwit.Server.Hosting;

/// <summary>
/// Tells systemd how the service is, where it is asked to (<c>NOTIFY_SOCKET</c>, sd_notify(3)): ready only once requests are served, alive as long as the database
/// answers, stopping before it goes. Elsewhere it does nothing.
/// </summary>
public sealed class ServiceManager(Func<string, string?> environment, TimeProvider time) : IAsyncDisposable
{
    private readonly string? _socket = environment("NOTIFY_SOCKET") is { Length: > 1 } path && path[0] is '/' or '@' ? path : null;
    private ITimer? _watchdog;

    /// <summary>Half of systemd's patience, or null where it does not watch.</summary>
    public TimeSpan? WatchEvery { get; } =
        long.TryParse(environment("WATCHDOG_USEC"), out var microseconds) && microseconds > 0 ? TimeSpan.FromMicroseconds(microseconds) / 2 : null;

    /// <summary>The service serves; from now on it says that it lives, as long as <paramref name="isAlive"/> says so.</summary>
    public void Ready(string status, Func<Task<bool>> isAlive)
    {
        Say($"READY=1\nSTATUS={status}");
        if (_socket is null || WatchEvery is not { } every)
            return;
        _watchdog = time.CreateTimer(_ => _ = Live(isAlive), null, every, every);
    }

    public void Stopping() => Say("STOPPING=1");

    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not null)
            await _watchdog.DisposeAsync();
    }

    private async Task Live(Func<Task<bool>> isAlive)
    {
        if (await isAlive())
            Say("WATCHDOG=1");
    }

    private void Say(string state)
    {
        if (_socket is null)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // A name that begins with @ is in the abstract namespace, whose names begin with a zero.
            socket.Connect(new UnixDomainSocketEndPoint(_socket[0] == '@' ? "\0" + _socket[1..] : _socket));
            socket.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // A manager that does not listen any more needs not be told.
        }
    }
}
