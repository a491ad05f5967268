using System.Net;
using System.Net.Sockets;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt;

/// <summary>One listening socket.</summary>
internal sealed class AcceptLoop : IDisposable
{
    private const int Backlog = 4096;

    /// <summary>New connections before others get the thread: a crowd that dials faster than it is taken in would keep it.</summary>
    private const int PerTurn = 16;

    private static readonly TimeSpan PauseWhenExhausted = TimeSpan.FromMilliseconds(100);

    private readonly Broker broker;
    private readonly MqttListener listener;
    private readonly HandshakeGate gate;
    private readonly Socket socket;

    public AcceptLoop(Broker broker, MqttListener listener, HandshakeGate gate)
    {
        this.broker = broker;
        this.listener = listener;
        this.gate = gate;
        socket = new Socket(listener.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (listener.EndPoint.AddressFamily == AddressFamily.InterNetworkV6 && listener.EndPoint.Address.Equals(IPAddress.IPv6Any))
            socket.DualMode = true;
        socket.Bind(listener.EndPoint);
        socket.Listen(Backlog);
    }

    public IPEndPoint EndPoint => (IPEndPoint)socket.LocalEndPoint!;

    public async Task Run()
    {
        for (var turn = 1; !broker.Stopping.IsCancellationRequested; turn++)
        {
            try
            {
                if (turn % PerTurn == 0)
                    await Task.Yield();
                Begin(await socket.AcceptAsync(broker.Stopping).ConfigureAwait(false));
            }
            catch (SocketException error) when (IsExhaustion(error.SocketErrorCode))
            {
                // No more file descriptors or memory: that passes, and asking again at once would only burn a core.
                await Task.Delay(PauseWhenExhausted, broker.Clock.Time).ConfigureAwait(false);
            }
            catch (SocketException) when (!broker.Stopping.IsCancellationRequested)
            {
                // The peer has gone already. No pause: others must not wait for those who come and go.
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    public void Dispose() => socket.Dispose();

    private static bool IsExhaustion(SocketError error) =>
        error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;

    private void Begin(Socket peer)
    {
        try
        {
            peer.NoDelay = true;
            _ = broker.Begin(TransportFor(peer));
        }
        catch (SocketException)
        {
            peer.Dispose();
        }
    }

    private Transport TransportFor(Socket peer) => listener.Tls is null
        ? new PlainTransport(peer, listener.Name)
        : new TlsTransport(peer, listener.Name, listener.Tls, gate, broker.Options.TlsRecordBytesMax);
}
