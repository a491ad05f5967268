using System.Buffers.Binary;
using System.Net.Sockets;
using System.Net;
using Godwit.Mqtt.Packets;

namespace Godwit.Bench.Publishing;

/// <summary>
/// One publisher, one subscriber, QoS 0. So many messages are on their way at most that no broker drops any; each carries its number, and they must arrive
/// in order and all.
/// </summary>
public sealed class PublishLoad : IDisposable
{
    public const int PayloadBytes = 256;

    /// <summary>
    /// On their way at most. Twice as many may count as waiting in a broker that has written a batch and has not yet had a turn to strike it off: that must
    /// stay below the 1,000 at which Godwit drops.
    /// </summary>
    private const int Window = 256;

    /// <summary>Written together.</summary>
    private const int Batch = 32;

    private static readonly byte[] Topic = "bench/publish"u8.ToArray();

    private readonly NetworkStream _publisher;
    private readonly NetworkStream _subscriber;
    private readonly MqttLink _publisherLink;
    private readonly MqttLink _subscriberLink;
    private readonly PooledBuffer _batch = new();
    private readonly byte[] _payload = new byte[PayloadBytes];
    private long _sent;
    private long _received;

    private PublishLoad(NetworkStream publisher, NetworkStream subscriber)
    {
        (_publisher, _subscriber) = (publisher, subscriber);
        (_publisherLink, _subscriberLink) = (new MqttLink(publisher), new MqttLink(subscriber));
    }

    public long Received => Volatile.Read(ref _received);

    public static async Task<PublishLoad> Connect(int port, CancellationToken ct)
    {
        var load = new PublishLoad(await Open(port, ct), await Open(port, ct));
        await load._publisherLink.Connect("publisher", ct);
        await load._subscriberLink.Connect("subscriber", ct);
        await load._subscriberLink.Subscribe("bench/publish", ct);
        return load;
    }

    public async Task Run(Func<bool> go)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (go())
        {
            while (_sent - _received <= Window - Batch)
            {
                Fill();
                await _publisher.WriteAsync(_batch.Written).ConfigureAwait(false);
            }
            await ReceiveSome().ConfigureAwait(false);
        }
        while (_received < _sent)
            await ReceiveSome().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _publisher.Dispose();
        _subscriber.Dispose();
        _publisherLink.Dispose();
        _subscriberLink.Dispose();
        _batch.Dispose();
    }

    private static async Task<NetworkStream> Open(int port, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, ct);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private void Fill()
    {
        _batch.Clear();
        for (var i = 0; i < Batch; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(_payload, _sent++);
            PacketWriter.Publish(_batch, ProtocolLevel.V311, new PublishPacket { TopicUtf8 = Topic, Payload = _payload });
        }
    }

    private async ValueTask ReceiveSome()
    {
        if (!await _subscriberLink.Receive(default).ConfigureAwait(false))
            throw new IOException("The broker closed the subscriber's connection.");
        while (_subscriberLink.TryTake(out var packet))
        {
            var number = BinaryPrimitives.ReadInt64BigEndian(packet.Publish.Payload.Span);
            if (number != _received || packet.Publish.Payload.Length != PayloadBytes)
                throw new InvalidDataException($"Message {number} came where {_received} was due.");
            Volatile.Write(ref _received, _received + 1);
        }
    }
}
