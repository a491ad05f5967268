using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt.Tests.Harness;

/// <summary>
/// A client that does exactly what a test says: any bytes out, packets or the end of the stream in. Waits end by a deadline, with
/// a message that says for what.
/// </summary>
public sealed class RawClient : IAsyncDisposable
{
    /// <summary>At first; it grows with what comes.</summary>
    public const int BufferBytes = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Stream stream;
    private readonly PacketReader reader;
    private readonly ProtocolLevel level;
    private byte[] buffer = new byte[BufferBytes];
    private int count;

    private RawClient(Stream stream, ProtocolLevel level)
    {
        this.stream = stream;
        this.level = level;
        reader = new PacketReader(PacketSource.Server, level, PacketLimits.Default with { PacketBytesMax = 32 << 20 });
    }

    /// <param name="endPoint">Of the broker.</param>
    /// <param name="level">What it will speak.</param>
    /// <param name="from">Its own address, where it matters; IPv4.</param>
    public static async Task<RawClient> Open(IPEndPoint endPoint, ProtocolLevel level = ProtocolLevel.V311, IPAddress? from = null)
    {
        var socket = from is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
            socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(endPoint);
        return new RawClient(new NetworkStream(socket, ownsSocket: true), level);
    }

    public static RawClient On(Stream stream, ProtocolLevel level = ProtocolLevel.V311) => new(stream, level);

    public async Task Send(params byte[] bytes)
    {
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    public async Task Send(Action<PooledBuffer> write)
    {
        using var output = new PooledBuffer();
        write(output);
        await stream.WriteAsync(output.Written);
        await stream.FlushAsync();
    }

    public async Task<ConnAckPacket> Connect(string clientId, bool clean = true, ushort keepAlive = 60, Will? will = null, Properties? properties = null)
    {
        await SendConnect(clientId, clean, keepAlive, will, properties);
        return (await Next(PacketType.ConnAck)).ConnAck;
    }

    public Task SendConnect(string clientId, bool clean = true, ushort keepAlive = 60, Will? will = null, Properties? properties = null) =>
        Send(output => PacketWriter.Connect(output, new ConnectPacket
        {
            Level = level,
            ClientId = clientId,
            CleanStart = clean,
            KeepAliveSeconds = keepAlive,
            Will = will,
            Properties = properties,
        }));

    public async Task<ReasonCode> Subscribe(string filter, QoS qos, Properties? properties = null) =>
        (await Subscribe(new SubscribeFilter(filter, qos), properties)).Codes[0];

    public async Task<SubAckPacket> Subscribe(SubscribeFilter filter, Properties? properties = null)
    {
        await Send(output => PacketWriter.Subscribe(output, level, new SubscribePacket(7, [filter]) { Properties = properties }));
        return (await Next(PacketType.SubAck)).SubAck;
    }

    public Task Publish(string topic, string payload, QoS qos = QoS.AtMostOnce, ushort packetId = 1, bool retain = false, Properties? properties = null) =>
        Send(output => PacketWriter.Publish(output, level, new PublishPacket
        {
            TopicUtf8 = Encoding.UTF8.GetBytes(topic),
            Payload = Encoding.UTF8.GetBytes(payload),
            QoS = qos,
            PacketId = qos == QoS.AtMostOnce ? (ushort)0 : packetId,
            Retain = retain,
            Properties = properties,
        }));

    public Task PubAck(ushort packetId) =>
        Send(output => PacketWriter.Ack(output, level, PacketType.PubAck, new AckPacket { PacketId = packetId }));

    /// <summary>PUBREC, PUBREL or PUBCOMP.</summary>
    public Task Ack(PacketType type, ushort packetId, ReasonCode reason = ReasonCode.Success) =>
        Send(output => PacketWriter.Ack(output, level, type, new AckPacket { PacketId = packetId, Reason = reason }));

    public Task Disconnect(ReasonCode reason = ReasonCode.Success, Properties? properties = null) =>
        Send(output => PacketWriter.Disconnect(output, level, new DisconnectPacket(reason) { Properties = properties }));

    /// <summary>PINGREQ and its answer: everything sent before has been handled, and nothing unexpected came before it.</summary>
    public async Task Ping()
    {
        await Send(0xC0, 0);
        await Next(PacketType.PingResp);
    }

    public async Task<Packet> Next(PacketType expected)
    {
        var packet = await Next() ?? throw new InvalidOperationException($"The connection ended while waiting for {expected}.");
        Assert.Equal(expected, packet.Type);
        return packet;
    }

    public async Task<Received> NextPublish() => new((await Next(PacketType.Publish)).Publish);

    /// <summary>The server closes; nothing else comes before.</summary>
    public async Task ExpectEnd() => Assert.Null((await Next())?.Type);

    /// <summary>The server says why, then closes.</summary>
    public async Task ExpectDisconnect(ReasonCode reason)
    {
        var packet = await Next(PacketType.Disconnect);
        Assert.Equal(reason, packet.Disconnect.Reason);
        await ExpectEnd();
    }

    /// <summary>The next packet, or null at the end of the stream.</summary>
    public async Task<Packet?> Next()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var status = reader.Read(buffer.AsMemory(0, count), out var packet, out var consumed, out var refusal);
            if (status == ReadStatus.Refused)
                Assert.Fail($"The server sent what a client must refuse: {refusal}");
            if (status == ReadStatus.Packet)
            {
                // Publishes are slices of this buffer: a fresh one keeps them whole.
                var rest = new byte[buffer.Length];
                buffer.AsSpan(consumed, count - consumed).CopyTo(rest);
                buffer = rest;
                count -= consumed;
                return packet;
            }

            if (count == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            try
            {
                var read = await stream.ReadAsync(buffer.AsMemory(count), patience.Token);
                if (read == 0)
                    return null;
                count += read;
            }
            catch (IOException)
            {
                return null;
            }
            catch (OperationCanceledException)
            {
                Assert.Fail("Nothing arrived and nothing ended.");
            }
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    public readonly struct Received(PublishPacket packet)
    {
        public string Topic => Encoding.UTF8.GetString(packet.TopicUtf8.Span);
        public string Payload => Encoding.UTF8.GetString(packet.Payload.Span);
        public byte[] Bytes => packet.Payload.ToArray();
        public QoS QoS => packet.QoS;
        public bool Retain => packet.Retain;
        public bool Dup => packet.Dup;
        public ushort PacketId => packet.PacketId;
        public Properties? Properties => packet.Properties;
    }
}
