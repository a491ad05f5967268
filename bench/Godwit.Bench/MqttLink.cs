using System.Runtime.CompilerServices;
using Godwit.Mqtt.Packets;

namespace Godwit.Bench;

/// <summary>The reading half of a light MQTT 3.1.1 client: bytes into one buffer, packets out of it. One user at a time.</summary>
public sealed class MqttLink(Stream stream, int bufferBytes = 160 * 1024) : IDisposable
{
    private readonly PacketReader _reader = new(PacketSource.Server, ProtocolLevel.V311, PacketLimits.Default);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(bufferBytes);
    private readonly PooledBuffer _out = new();
    private int _start;
    private int _end;

    public async Task Connect(string clientId, CancellationToken ct)
    {
        var connect = new ConnectPacket { Level = ProtocolLevel.V311, ClientId = clientId, CleanStart = true, KeepAliveSeconds = 1200 };
        PacketWriter.Connect(_out, connect);
        await Exchange(PacketType.ConnAck, ct);
    }

    public async Task Subscribe(string filter, CancellationToken ct)
    {
        PacketWriter.Subscribe(_out, ProtocolLevel.V311, new SubscribePacket(1, [new SubscribeFilter(filter, QoS.AtMostOnce)]));
        var answer = await Exchange(PacketType.SubAck, ct);
        if (answer.SubAck.Codes[0] != ReasonCode.Success)
            throw new InvalidOperationException($"The subscription to {filter} was refused.");
    }

    /// <summary>The next packet that is whole; valid until the next call of <see cref="Receive"/>.</summary>
    public bool TryTake(out Packet packet)
    {
        var status = _reader.Read(_buffer.AsMemory(_start, _end - _start), out packet, out var consumed, out var refusal);
        if (status == ReadStatus.Refused)
            throw new InvalidOperationException($"The server sent what is not MQTT: {refusal}.");
        _start += consumed;
        return status == ReadStatus.Packet;
    }

    /// <summary>More bytes; false at the end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> Receive(CancellationToken ct)
    {
        if (_start == _end)
            (_start, _end) = (0, 0);
        else if (_start > 0 && _buffer.Length - _end < bufferBytes / 4)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), ct);
        _end += read;
        return read > 0;
    }

    public void Dispose() => _out.Dispose();

    private async Task<Packet> Exchange(PacketType expected, CancellationToken ct)
    {
        await stream.WriteAsync(_out.Written, ct);
        _out.Clear();
        Packet packet;
        while (!TryTake(out packet))
        {
            if (!await Receive(ct))
                throw new IOException($"The server closed the connection instead of sending {expected}.");
        }
        if (packet.Type != expected || (expected == PacketType.ConnAck && packet.ConnAck.Code != 0))
            throw new IOException($"The server sent {packet.Type} where {expected} was due.");
        return packet;
    }
}
