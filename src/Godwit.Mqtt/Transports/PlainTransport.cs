using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Godwit.Mqtt.Transports;

/// <summary>Plain TCP.</summary>
internal sealed class PlainTransport(Socket socket, string listener) : Transport
{
    public override TransportInfo Info { get; } = new(listener, socket.RemoteEndPoint);

    /// <summary>Copying less than this into one send costs less than a second send.</summary>
    public override int DirectWriteBytesMin => 32 * 1024;

    public override ValueTask<int> Read(Memory<byte> buffer) => socket.ReceiveAsync(buffer, SocketFlags.None);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask Write(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
    }

    public override ValueTask EndWrite()
    {
        socket.Shutdown(SocketShutdown.Send);
        return default;
    }

    public override void Abort() => socket.Dispose();
}
