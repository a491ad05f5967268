using System.Text;

namespace Godwit.Fuzz;

/// <summary>Whether a server must take what a client sent: OASIS MQTT 3.1.1 and 5.0 read a second time, with lists and exceptions, sparing nothing.</summary>
internal static class SlowMqtt
{
    public const int Connect = 1, Publish = 2, Acknowledge = 4, Subscribe = 8, Unsubscribe = 16, Disconnect = 32, Auth = 64, Will = 128;

    private const int UserPropertiesMax = 20;

    // Section 2.2.2.2: identifier, type (b yte, s hort, l ong, v ariable, t ext, d ata, p air), where it may stand when a client sends it.
    private static readonly Dictionary<int, (char Type, int In)> s_properties = new()
    {
        [1] = ('b', Publish | Will), [2] = ('l', Publish | Will), [3] = ('t', Publish | Will), [8] = ('t', Publish | Will), [9] = ('d', Publish | Will),
        [11] = ('v', Subscribe), [17] = ('l', Connect | Disconnect), [18] = ('t', 0), [19] = ('s', 0), [21] = ('t', Connect | Auth), [22] = ('d', Connect | Auth),
        [23] = ('b', Connect), [24] = ('l', Will), [25] = ('b', Connect), [26] = ('t', 0), [28] = ('t', Disconnect), [31] = ('t', Acknowledge | Disconnect | Auth),
        [33] = ('s', Connect), [34] = ('s', Connect), [35] = ('s', Publish), [36] = ('b', 0), [37] = ('b', 0),
        [38] = ('p', Connect | Publish | Acknowledge | Subscribe | Unsubscribe | Disconnect | Auth | Will), [39] = ('l', Connect), [40] = ('b', 0), [41] = ('b', 0), [42] = ('b', 0),
    };

    public static int[] PropertyIds { get; } = [.. s_properties.Keys];

    public static char TypeOf(int id) => s_properties[id].Type;

    public static bool MayStand(int id, int of) => (s_properties[id].In & of) != 0;

    public static bool Takes(byte[] bytes, int level, bool connects)
    {
        try
        {
            var input = new Input(bytes);
            var first = input.Byte();
            var length = input.Variable(shortest: level == 5);
            input.Ends(length);
            Body(first, input, level, connects);
            return true;
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    private static void Body(byte first, Input input, int level, bool connects)
    {
        var (type, flags) = (first >> 4, first & 15);
        Refuse(connects != (type == 1));
        switch (type)
        {
            case 1: Refuse(flags != 0); ReadConnect(input); break;
            case 3: ReadPublish(flags, input, level); break;
            case 4 or 5 or 6 or 7: Refuse(flags != (type == 6 ? 2 : 0)); ReadAcknowledge(type, input, level); break;
            case 8: Refuse(flags != 2); ReadSubscribe(input, level); break;
            case 10: Refuse(flags != 2); ReadUnsubscribe(input, level); break;
            case 12: Refuse(flags != 0); break;
            case 14: Refuse(flags != 0); ReadDisconnect(Disconnect, input, level); break;
            case 15: Refuse(flags != 0 || level != 5); ReadDisconnect(Auth, input, level); break;
            default: throw new RefusedException();
        }
        Refuse(input.Left > 0);
    }

    private static void ReadConnect(Input input)
    {
        Refuse(input.Text() != "MQTT");
        var level = input.Byte();
        Refuse(level is not (4 or 5));
        var flags = input.Byte();
        var (will, qos, user, password) = ((flags & 4) != 0, (flags >> 3) & 3, (flags & 0x80) != 0, (flags & 0x40) != 0);
        Refuse((flags & 1) != 0 || qos == 3 || (!will && (qos != 0 || (flags & 0x20) != 0)) || (level == 4 && password && !user));
        input.Short();
        var properties = ReadProperties(input, level, Connect);
        Refuse(properties.Contains(22) && !properties.Contains(21));
        input.Text();
        if (will)
        {
            ReadProperties(input, level, Will);
            TopicName(input.Text());
            input.Data();
        }
        if (user)
            input.Text();
        if (password)
            input.Data();
    }

    private static void ReadPublish(int flags, Input input, int level)
    {
        var qos = (flags >> 1) & 3;
        Refuse(qos == 3 || (qos == 0 && (flags & 8) != 0));
        var topic = input.Text();
        if (qos > 0)
            Refuse(input.Short() == 0);
        var properties = ReadProperties(input, level, Publish);
        if (topic.Length > 0 || !properties.Contains(35))
            TopicName(topic);
        input.Rest();
    }

    private static void ReadAcknowledge(int type, Input input, int level)
    {
        Refuse(input.Short() == 0);
        if (level != 5 || input.Left == 0)
            return;
        var reason = input.Byte();
        Refuse(type is 4 or 5 ? reason is not (0 or 0x10 or 0x80 or 0x83 or 0x87 or 0x90 or 0x91 or 0x97 or 0x99) : reason is not (0 or 0x92));
        if (input.Left > 0)
            ReadProperties(input, level, Acknowledge);
    }

    private static void ReadSubscribe(Input input, int level)
    {
        Refuse(input.Short() == 0);
        ReadProperties(input, level, Subscribe);
        do
        {
            input.Text();
            var options = input.Byte();
            Refuse((options & 3) == 3 || (options & (level == 5 ? 0xC0 : 0xFC)) != 0 || (options & 0x30) == 0x30);
        }
        while (input.Left > 0);
    }

    private static void ReadUnsubscribe(Input input, int level)
    {
        Refuse(input.Short() == 0);
        ReadProperties(input, level, Unsubscribe);
        do
            input.Text();
        while (input.Left > 0);
    }

    private static void ReadDisconnect(int of, Input input, int level)
    {
        if (level != 5 || input.Left == 0)
            return;
        Refuse(!Reasons(of).Contains((byte)input.Byte()));
        if (input.Left > 0)
            ReadProperties(input, level, of);
    }

    /// <summary>What tables 3-10 (DISCONNECT) and 3-11 (AUTH) of OASIS MQTT 5.0 let a client send.</summary>
    public static byte[] Reasons(int of) => of == Auth
        ? [0x00, 0x18, 0x19]
        : [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];

    private static HashSet<int> ReadProperties(Input input, int level, int of)
    {
        var seen = new HashSet<int>();
        if (level != 5)
            return seen;
        var section = input.Section(input.Variable(shortest: true));
        var users = 0;
        while (section.Left > 0)
        {
            var id = section.Variable(shortest: true);
            Refuse(!s_properties.TryGetValue(id, out var property) || (property.In & of) == 0 || (!seen.Add(id) && id != 38));
            switch (property.Type)
            {
                case 'b': Refuse(section.Byte() > 1); break;
                case 's': Refuse(section.Short() == 0 && id is 33 or 35); break;
                case 'l': Refuse(section.Long() == 0 && id == 39); break;
                case 'v': Refuse(section.Variable(shortest: true) == 0); break;
                case 'd': section.Data(); break;
                case 'p': section.Text(); section.Text(); Refuse(++users > UserPropertiesMax); break;
                default:
                    var text = section.Text();
                    // A response topic is a topic name [MQTT-3.3.2-14].
                    if (id == 8)
                        TopicName(text);
                    break;
            }
        }
        return seen;
    }

    private static void TopicName(string topic) => Refuse(topic.Length == 0 || topic.Contains('+') || topic.Contains('#'));

    private static void Refuse(bool wrong)
    {
        if (wrong)
            throw new RefusedException();
    }

    private sealed class RefusedException : Exception;

    private sealed class Input(byte[] bytes)
    {
        private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

        private int _at;
        private int _end = bytes.Length;

        public int Left => _end - _at;

        /// <summary>The packet is whole, and what follows belongs to the next.</summary>
        public void Ends(int length)
        {
            Refuse(length > Left);
            _end = _at + length;
        }

        public Input Section(int length)
        {
            var section = new Input([.. Take(length)]);
            return section;
        }

        public byte Byte() => Take(1)[0];

        public int Short() => (Byte() << 8) | Byte();

        public long Long() => ((long)Short() << 16) | (uint)Short();

        public int Variable(bool shortest)
        {
            var value = 0;
            for (var i = 0; i < 4; i++)
            {
                var next = Byte();
                value |= (next & 127) << (7 * i);
                if (next > 127)
                    continue;
                Refuse(shortest && i > 0 && next == 0);
                return value;
            }
            throw new RefusedException();
        }

        public byte[] Data() => [.. Take(Short())];

        public string Text()
        {
            try
            {
                var text = s_strict.GetString(Data());
                Refuse(text.Contains('\0'));
                return text;
            }
            catch (DecoderFallbackException)
            {
                throw new RefusedException();
            }
        }

        public void Rest() => _at = _end;

        private ArraySegment<byte> Take(int count)
        {
            Refuse(count > Left);
            _at += count;
            return new ArraySegment<byte>(bytes, _at - count, count);
        }
    }
}
