using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Bench.Servers;

/// <summary>
/// The limit of this machine for the pattern, in this runtime: a request of 64 bytes names offset and length, the answer is those bytes of the image,
/// sent from where they lie. No protocol, no checks.
/// </summary>
public static class RawTcpServer
{
    public const int RequestBytes = 64;

    public static async Task<int> Serve(BenchOptions options, CancellationToken ct)
    {
        var image = await File.ReadAllBytesAsync(options.Image, ct);
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, options.Port));
        listener.Listen(1024);
        while (!ct.IsCancellationRequested)
            _ = Answer(await listener.AcceptAsync(ct), image);
        return 0;
    }

    private static async Task Answer(Socket peer, byte[] image)
    {
        using var socket = peer;
        socket.NoDelay = true;
        var request = new byte[RequestBytes];
        try
        {
            while (true)
            {
                for (var filled = 0; filled < RequestBytes;)
                {
                    var read = await socket.ReceiveAsync(request.AsMemory(filled), SocketFlags.None);
                    if (read == 0)
                        return;
                    filled += read;
                }
                var offset = BinaryPrimitives.ReadInt32LittleEndian(request);
                ReadOnlyMemory<byte> answer = image.AsMemory(offset, BinaryPrimitives.ReadInt32LittleEndian(request.AsSpan(4)));
                while (!answer.IsEmpty)
                    answer = answer[await socket.SendAsync(answer, SocketFlags.None)..];
            }
        }
        catch (SocketException)
        {
            // The generator has gone: the round is over.
        }
    }
}
