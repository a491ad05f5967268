using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Fleet.Link;

/// <summary>
/// A device's MQTT 3.1.1 connection over mutual TLS: small, one reader, writes gathered while the socket is busy.
/// Sending never waits; the owner of the connection bounds what it sends by protocol (one request in flight).
/// </summary>
public sealed class DeviceMqttClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly SslStream _tls;
    private readonly PacketReader _reader = new(PacketSource.Server, ProtocolLevel.V311, PacketLimits.Default);
    private readonly Lock _sending = new();
    private PooledBuffer _waiting = new();
    private PooledBuffer _written = new();
    private Task _flush = Task.CompletedTask;
    private bool _flushing;

    private DeviceMqttClient(Socket socket, SslStream tls) => (_socket, _tls) = (socket, tls);

    /// <summary>Called for each PUBLISH, on the reader; topic and payload are valid until it returns.</summary>
    public required PublishReceived OnPublish { get; init; }

    /// <summary>Called for each PUBACK.</summary>
    public required Action<ushort> OnAcknowledged { get; init; }

    /// <summary>Called for each SUBACK, with whether the filter was granted; set before <see cref="Run"/>.</summary>
    public Action<ushort, bool>? OnSubscribed { get; set; }

    /// <summary>Connects by TCP, TLS and MQTT.</summary>
    /// <exception cref="IOException">The server did not take the connection.</exception>
    public static async Task<DeviceMqttClient> Connect(
        DeviceEndpoint at, X509Certificate2 identity, ConnectPacket connect, PublishReceived onPublish, Action<ushort> onAcknowledged, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(at.Host, at.MqttPort, ct);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(Options(at, identity), ct);
            var client = new DeviceMqttClient(socket, tls) { OnPublish = onPublish, OnAcknowledged = onAcknowledged };
            client.Send(buffer => PacketWriter.Connect(buffer, connect));
            await client.AwaitConnAck(ct);
            return client;
        }
        catch (Exception failure) when (failure is SocketException or AuthenticationException)
        {
            await Abandon(socket, tls);
            throw new IOException($"{at.Host}:{at.MqttPort}: {failure.Message}", failure);
        }
        catch
        {
            await Abandon(socket, tls);
            throw;
        }
    }

    public void Publish(string topic, ReadOnlyMemory<byte> payload, ushort packetId, bool dup) => Send(buffer => PacketWriter.Publish(
        buffer,
        ProtocolLevel.V311,
        new PublishPacket
        {
            TopicUtf8 = Encoding.UTF8.GetBytes(topic),
            Payload = payload,
            QoS = packetId == 0 ? QoS.AtMostOnce : QoS.AtLeastOnce,
            PacketId = packetId,
            Dup = dup,
        }));

    public void Subscribe(string filter, QoS qos, ushort packetId) =>
        Send(buffer => PacketWriter.Subscribe(buffer, ProtocolLevel.V311, new SubscribePacket(packetId, [new SubscribeFilter(filter, qos)])));

    public void Unsubscribe(string filter, ushort packetId) =>
        Send(buffer => PacketWriter.Unsubscribe(buffer, ProtocolLevel.V311, new UnsubscribePacket(packetId, [filter])));

    public void Ping() => Send(PacketWriter.PingReq);

    /// <summary>Reads until the connection ends, by either side.</summary>
    public async Task Run(CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(8192);
        try
        {
            var filled = 0;
            while (true)
            {
                if (filled == buffer.Length)
                    buffer = Grow(buffer, filled);
                var read = await _tls.ReadAsync(buffer.AsMemory(filled), ct);
                if (read == 0)
                    return;
                filled = Consume(buffer, filled + read);
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException)
        {
            // The connection is gone: that is how this method ends.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Says goodbye and closes once all that was sent before is written.</summary>
    public async Task Disconnect()
    {
        Send(buffer => PacketWriter.Disconnect(buffer, ProtocolLevel.V311, new DisconnectPacket(ReasonCode.Success)));
        await _flush;
        Cut();
    }

    /// <summary><see cref="Disconnect"/> without waiting for it; the reader ends when it is done.</summary>
    public void CloseSoon() => _ = Disconnect();

    /// <summary>Drops the connection as a lost radio link does: without a word.</summary>
    public void Cut() => _socket.Dispose();

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _flush;
        await _tls.DisposeAsync();
        _waiting.Dispose();
        _written.Dispose();
    }

    private static SslClientAuthenticationOptions Options(DeviceEndpoint at, X509Certificate2 identity) => new()
    {
        TargetHost = at.Host,
        ApplicationProtocols = at.Alpn is { } asked ? [new SslApplicationProtocol(asked)] : null,
        ClientCertificateContext = SslStreamCertificateContext.Create(identity, additionalCertificates: null, offline: true),
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { at.Root },
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        },
    };

    private static async Task Abandon(Socket socket, SslStream? tls)
    {
        if (tls is not null)
            await tls.DisposeAsync();
        socket.Dispose();
    }

    private async Task AwaitConnAck(CancellationToken ct)
    {
        var bytes = new byte[4];
        for (var filled = 0; filled < bytes.Length;)
        {
            var read = await _tls.ReadAsync(bytes.AsMemory(filled), ct);
            if (read == 0)
                throw new IOException("The server closed the connection without CONNACK: the certificate is not registered and active, or no policy allows iot:Connect with this client id.");
            filled += read;
        }
        if (_reader.Read(bytes, out var packet, out _, out _) != ReadStatus.Packet || packet.Type != PacketType.ConnAck || packet.ConnAck.Code != 0)
            throw new IOException($"The server refused CONNECT: {Convert.ToHexString(bytes)}.");
    }

    private int Consume(byte[] buffer, int filled)
    {
        var at = 0;
        while (true)
        {
            switch (_reader.Read(buffer.AsMemory(at, filled - at), out var packet, out var consumed, out var refusal))
            {
                case ReadStatus.Refused:
                    throw new IOException($"The server sent what is no MQTT: {refusal}.");
                case ReadStatus.NeedMore:
                    buffer.AsSpan(at, filled - at).CopyTo(buffer);
                    return filled - at;
            }
            at += consumed;
            Dispatch(packet);
        }
    }

    private void Dispatch(in Packet packet)
    {
        if (packet.Type == PacketType.PubAck)
            OnAcknowledged(packet.Ack.PacketId);
        if (packet.Type == PacketType.SubAck)
            OnSubscribed?.Invoke(packet.SubAck.PacketId, packet.SubAck.Codes[0] < ReasonCode.UnspecifiedError);
        if (packet.Type != PacketType.Publish)
            return;
        var publish = packet.Publish;
        OnPublish(Encoding.UTF8.GetString(publish.TopicUtf8.Span), publish.Payload.Span);
        if (publish.QoS == QoS.AtLeastOnce)
        {
            var ack = new AckPacket { PacketId = publish.PacketId };
            Send(buffer => PacketWriter.Ack(buffer, ProtocolLevel.V311, PacketType.PubAck, ack));
        }
    }

    private void Send(Action<PooledBuffer> write)
    {
        lock (_sending)
        {
            write(_waiting);
            if (_flushing)
                return;
            _flushing = true;
            _flush = Flush();
        }
    }

    private async Task Flush()
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                lock (_sending)
                {
                    if (_waiting.Count == 0)
                    {
                        _flushing = false;
                        return;
                    }
                    (_waiting, _written) = (_written, _waiting);
                }
                await _tls.WriteAsync(_written.Written);
                _written.Clear();
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException)
        {
            // The reader sees the same end and reports it; nothing more is written on this connection.
        }
    }

    private static byte[] Grow(byte[] buffer, int filled)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

/// <summary>A PUBLISH as it arrives.</summary>
public delegate void PublishReceived(string topic, ReadOnlySpan<byte> payload);
