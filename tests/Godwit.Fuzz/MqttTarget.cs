using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Fuzz;

/// <summary>
/// Packets of a client after its CONNECT, and CONNECT: whole and cut at every place, as made and with bytes changed. A prefix is never taken for the whole and
/// never refused where the whole is not; what is taken, the reference takes too, and it is the same when it is written and read again.
/// </summary>
internal sealed class MqttTarget(int level) : FuzzTarget
{
    private readonly PooledBuffer _out = new();
    private readonly PooledBuffer _again = new();
    private byte[] _bytes = [];
    private ReadStatus _status;
    private Packet _packet;
    private int _consumed;
    private bool _connects;

    public override string Name => level == 5 ? "mqtt-5" : "mqtt-3.1.1";

    public override int Share => level == 5 ? 300 : 150;

    /// <summary>A reader for each place where the packet is cut.</summary>
    public override int BytesMax => 256 * 1024;

    private ProtocolLevel Level => level == 5 ? ProtocolLevel.V5 : ProtocolLevel.V311;

    public override int Make(FuzzRandom random)
    {
        _connects = random.Chance(25);
        _bytes = random.Mutate(new MqttGrammar(random, level).Packet(_connects));
        return _bytes.Length;
    }

    public override string? Run()
    {
        var reader = Reader();
        _status = reader.Read(_bytes, out _packet, out _consumed, out var refusal);
        if (_status == ReadStatus.Packet && (_consumed < 2 || _consumed > _bytes.Length))
            return $"{_consumed} of {_bytes.Length} bytes are consumed";
        for (var cut = 0; cut < _bytes.Length; cut++)
        {
            var status = Reader().Read(_bytes.AsMemory(0, cut), out _, out var consumed, out var early);
            if (status == ReadStatus.Packet ? _status != ReadStatus.Packet || consumed != _consumed || cut < _consumed : status == ReadStatus.Refused && (_status != ReadStatus.Refused || early != refusal))
                return $"the first {cut} bytes are {status} ({early}), the whole is {_status} ({refusal})";
        }
        return null;
    }

    public override string? Compare()
    {
        var expected = SlowMqtt.Takes(_bytes, level, _connects);
        if (expected != (_status == ReadStatus.Packet))
            return $"it is {_status}, and the reference {(expected ? "takes" : "does not take")} it";
        if (_status != ReadStatus.Packet)
            return null;
        var first = Write(_out, _packet);
        if (Reader().Read(first, out var again, out _, out var refusal) != ReadStatus.Packet)
            return $"what it wrote is refused: {refusal}";
        return Write(_again, again).Span.SequenceEqual(first.Span) ? null : "it is another when it was written and read";
    }

    public override string Show() => Convert.ToHexString(_bytes);

    private PacketReader Reader() => new(PacketSource.Client, _connects ? ProtocolLevel.None : Level, PacketLimits.Default);

    private ReadOnlyMemory<byte> Write(PooledBuffer to, in Packet packet)
    {
        to.Clear();
        switch (packet.Type)
        {
            case PacketType.Connect: PacketWriter.Connect(to, packet.Connect); break;
            case PacketType.Publish: PacketWriter.Publish(to, Level, packet.Publish); break;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp: PacketWriter.Ack(to, Level, packet.Type, packet.Ack); break;
            case PacketType.Subscribe: PacketWriter.Subscribe(to, Level, packet.Subscribe); break;
            case PacketType.Unsubscribe: PacketWriter.Unsubscribe(to, Level, packet.Unsubscribe); break;
            case PacketType.PingReq: PacketWriter.PingReq(to); break;
            case PacketType.Disconnect: PacketWriter.Disconnect(to, Level, packet.Disconnect); break;
            case PacketType.Auth: PacketWriter.Auth(to, packet.Disconnect); break;
            default: throw new InvalidOperationException($"{packet.Type} does not come from clients.");
        }
        return to.Written.ToArray();
    }
}

/// <summary>Writes packets by the grammar of OASIS MQTT 3.1.1 and 5.0, most of them right.</summary>
internal sealed class MqttGrammar(FuzzRandom random, int level)
{
    private readonly List<byte> _body = [];

    public byte[] Packet(bool connects)
    {
        var first = connects ? Connect() : random.Below(8) switch
        {
            0 or 1 => Publish(),
            2 => Acknowledge(),
            3 => Subscribe(),
            4 => Unsubscribe(),
            5 => (byte)0xC0,
            6 => Disconnect(0xE0, SlowMqtt.Disconnect),
            _ => level == 5 ? Disconnect(0xF0, SlowMqtt.Auth) : Publish(),
        };
        var packet = new List<byte> { first };
        Length(packet, _body.Count);
        packet.AddRange(_body);
        if (random.Chance(10))
            packet.AddRange(random.Mutate([0xC0, 0]));
        return [.. packet];
    }

    private byte Connect()
    {
        Text("MQTT");
        _body.Add((byte)(random.Chance(95) ? level : random.Below(7)));
        var will = random.Chance(40);
        var flags = (random.Below(2) << 1) | (will ? 4 | (random.Below(3) << 3) | (random.Below(2) << 5) : 0) | (random.Below(2) << 7);
        flags |= level == 5 || (flags & 0x80) != 0 ? random.Below(2) << 6 : 0;
        _body.Add((byte)flags);
        Short(random.Below(65536));
        Properties(SlowMqtt.Connect);
        Text(random.Text(12));
        if (will)
        {
            Properties(SlowMqtt.Will);
            Text("w" + random.Text(6).Replace('+', 'p').Replace('#', 'h'));
            Text(random.Text(10));
        }
        if ((flags & 0x80) != 0)
            Text(random.Text(6));
        if ((flags & 0x40) != 0)
            Text(random.Text(6));
        return 0x10;
    }

    private byte Publish()
    {
        var qos = random.Below(3);
        Text((random.Chance(90) ? "t" : "") + random.Text(10).Replace('+', 'p').Replace('#', 'h'));
        if (qos > 0)
            Short(1 + random.Below(65535));
        Properties(SlowMqtt.Publish);
        for (var i = random.Below(20); i > 0; i--)
            _body.Add((byte)random.Next());
        return (byte)(0x30 | (qos << 1) | random.Below(2) | (qos > 0 ? random.Below(2) << 3 : 0));
    }

    private byte Acknowledge()
    {
        var type = random.Pick(4, 5, 6, 7);
        Short(1 + random.Below(65535));
        if (level == 5 && random.Chance(60))
        {
            _body.Add(random.Pick<byte>(0, 0x10, 0x80, 0x83, 0x87, 0x91, 0x92, 0x97, 0x99));
            if (random.Chance(60))
                Properties(SlowMqtt.Acknowledge);
        }
        return (byte)((type << 4) | (type == 6 ? 2 : 0));
    }

    private byte Subscribe()
    {
        Short(1 + random.Below(65535));
        Properties(SlowMqtt.Subscribe);
        for (var i = 1 + random.Below(3); i > 0; i--)
        {
            Text(random.Text(10));
            _body.Add((byte)(random.Below(3) | (level == 5 ? (random.Below(4) << 2) | (random.Below(3) << 4) : 0)));
        }
        return 0x82;
    }

    private byte Unsubscribe()
    {
        Short(1 + random.Below(65535));
        Properties(SlowMqtt.Unsubscribe);
        for (var i = 1 + random.Below(3); i > 0; i--)
            Text(random.Text(10));
        return 0xA2;
    }

    private byte Disconnect(byte first, int of)
    {
        if (level != 5 || random.Chance(40))
            return first;
        _body.Add(random.Chance(80) ? random.Pick(SlowMqtt.Reasons(of)) : random.Pick<byte>(1, 4, 0x18, 0x81, 0x87, 0x9C));
        if (random.Chance(60))
            Properties(of);
        return first;
    }

    private void Properties(int of)
    {
        if (level != 5)
            return;
        var section = new List<byte>();
        for (var i = random.Pick(0, 0, 1, 2, 5); i > 0; i--)
        {
            var ids = random.Chance(90) ? [.. SlowMqtt.PropertyIds.Where(id => SlowMqtt.MayStand(id, of))] : SlowMqtt.PropertyIds;
            Property(section, ids[random.Below(ids.Length)]);
        }
        if (random.Chance(1))
            for (var i = 0; i < 30; i++)
                Property(section, 38);
        Length(_body, section.Count);
        _body.AddRange(section);
    }

    private void Property(List<byte> to, int id)
    {
        to.Add((byte)id);
        switch (SlowMqtt.TypeOf(id))
        {
            case 'b': to.Add((byte)(random.Chance(90) ? random.Below(2) : random.Below(256))); break;
            case 's': to.Add((byte)random.Below(256)); to.Add((byte)random.Below(256)); break;
            case 'l': to.AddRange([(byte)random.Below(256), (byte)random.Below(256), 0, (byte)random.Below(256)]); break;
            case 'v': Length(to, random.Pick(0, 1, 127, 128, 16383, 16384, 268435455)); break;
            case 'p': Add(to, random.Text(5)); Add(to, random.Text(5)); break;
            default: Add(to, random.Text(8)); break;
        }
    }

    private void Text(string text) => Add(_body, text);

    private void Short(int value) => _body.AddRange([(byte)(value >> 8), (byte)value]);

    private static void Add(List<byte> to, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        to.AddRange([(byte)(bytes.Length >> 8), (byte)bytes.Length]);
        to.AddRange(bytes);
    }

    private static void Length(List<byte> to, int value)
    {
        for (; value > 127; value >>= 7)
            to.Add((byte)(value | 0x80));
        to.Add((byte)value);
    }
}
