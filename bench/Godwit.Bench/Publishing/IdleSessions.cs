using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Bench.Publishing;

/// <summary>
/// Sessions that are connected, subscribe to a topic of their own and say nothing more. They live in a process of their own, which is told how many there
/// shall be, a number a line, and repeats it when it is so.
/// </summary>
public sealed class IdleSessions(int port) : IDisposable
{
    /// <summary>Connections being made at the same time.</summary>
    private const int AtOnce = 64;

    /// <summary>One source address has some 28,000 ports; the load is spread over 127.0.0.2 to 127.0.0.9.</summary>
    private const int SourceAddresses = 8;

    private readonly List<Socket> _open = [];

    public static async Task<int> Hold(BenchOptions options, CancellationToken ct)
    {
        using var sessions = new IdleSessions(options.Port);
        while (await Console.In.ReadLineAsync(ct) is { } line)
        {
            await sessions.Become(int.Parse(line, CultureInfo.InvariantCulture), ct);
            Console.WriteLine(line);
        }
        return 0;
    }

    public void Dispose() => CloseDownTo(0);

    private async Task Become(int count, CancellationToken ct)
    {
        CloseDownTo(count);
        while (_open.Count < count)
        {
            var from = _open.Count;
            _open.AddRange(await Task.WhenAll(Enumerable.Range(from, Math.Min(AtOnce, count - from)).Select(number => Open(number, ct))));
        }
    }

    private async Task<Socket> Open(int number, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            // Closed by a reset: thousands of ports must not linger after each round.
            LingerState = new LingerOption(true, 0),
        };
        socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (number % SourceAddresses))]), 0));
        await socket.ConnectAsync(IPAddress.Loopback, port, ct);
        using var stream = new NetworkStream(socket, ownsSocket: false);
        using var link = new MqttLink(stream, bufferBytes: 256);
        await link.Connect($"idle{number:00000}", ct);
        await link.Subscribe($"idle/{number:00000}/commands", ct);
        return socket;
    }

    private void CloseDownTo(int count)
    {
        for (var i = _open.Count - 1; i >= count; i--)
            _open[i].Dispose();
        if (count < _open.Count)
            _open.RemoveRange(count, _open.Count - count);
    }
}
