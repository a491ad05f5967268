using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt.Tests.Packets;

/// <summary>
/// Every packet in both levels, good and bad, with the clause that makes it bad. Read, write, split-point and fuzz tests all take
/// their packets from here.
/// </summary>
public static class PacketTable
{
    private const ProtocolLevel V311 = ProtocolLevel.V311;
    private const ProtocolLevel V5 = ProtocolLevel.V5;
    private const PacketSource Client = PacketSource.Client;
    private const PacketSource Server = PacketSource.Server;

    public static IReadOnlyList<PacketCase> Good { get; } =
    [
        Is("CONNECT clean", V311, Client, "10 0E 0004 4D515454 04 02 003C 0002 6431", o => PacketWriter.Connect(o, Connect(V311))),
        Is("CONNECT with everything", V311, Client,
            "10 1B 0004 4D515454 04 EC 003C 0002 6431 0001 77 0002 0102 0001 75 0001 70",
            o => PacketWriter.Connect(o, Connect(V311) with
            {
                CleanStart = false,
                Will = new Will("w", [1, 2], QoS.AtLeastOnce, Retain: true),
                UserName = "u",
                Password = "p"u8.ToArray(),
            })),
        Is("CONNECT", V5, Client, "10 0F 0004 4D515454 05 02 003C 00 0002 6431", o => PacketWriter.Connect(o, Connect(V5))),
        Is("CONNECT with password alone", V5, Client, "10 12 0004 4D515454 05 42 003C 00 0002 6431 0001 70",
            o => PacketWriter.Connect(o, Connect(V5) with { Password = "p"u8.ToArray() })),
        Is("CONNECT with properties", V5, Client,
            "10 35 0004 4D515454 05 06 003C 1B 11 0000000A 17 00 19 01 21 0014 22 0008 26 0001 61 0001 62 27 00001000 0002 6431"
            + "05 18 00000005 0001 77 0000",
            o => PacketWriter.Connect(o, Connect(V5) with
            {
                Properties = new Properties
                {
                    SessionExpirySeconds = 10,
                    RequestProblemInformation = 0,
                    RequestResponseInformation = 1,
                    ReceiveMaximum = 20,
                    TopicAliasMaximum = 8,
                    UserProperties = [new("a", "b")],
                    MaximumPacketBytes = 4096,
                },
                Will = new Will("w", [], QoS.AtMostOnce, Retain: false) { Properties = new Properties { WillDelaySeconds = 5 } },
            })),
        Is("CONNACK", V311, Server, "20 02 01 00", o => PacketWriter.ConnAck(o, V311, new ConnAckPacket(SessionPresent: true, Code: 0))),
        Is("CONNACK", V5, Server, "20 16 00 00 13 12 0001 78 13 04B0 21 0064 22 0008 24 01 25 01 29 00",
            o => PacketWriter.ConnAck(o, V5, new ConnAckPacket(SessionPresent: false, Code: 0)
            {
                Properties = new Properties
                {
                    AssignedClientId = "x",
                    ServerKeepAliveSeconds = 1200,
                    ReceiveMaximum = 100,
                    TopicAliasMaximum = 8,
                    MaximumQos = 1,
                    RetainAvailable = 1,
                    SubscriptionIdsAvailable = 0,
                },
            })),
        Is("PUBLISH QoS 0", V311, Client, "30 05 0003 612F62", o => PacketWriter.Publish(o, V311, Publish("a/b", 0, 0))),
        Is("PUBLISH QoS 1 retained again", V311, Client, "3B 08 0003 612F62 000A 78",
            o => PacketWriter.Publish(o, V311, Publish("a/b", QoS.AtLeastOnce, 10, "x"u8.ToArray(), retain: true, dup: true))),
        Is("PUBLISH QoS 2", V311, Client, "34 07 0003 612F62 000A",
            o => PacketWriter.Publish(o, V311, Publish("a/b", QoS.ExactlyOnce, 10))),
        Is("PUBLISH of 128 bytes", V311, Server, "30 8001 0003 612F62" + string.Concat(Enumerable.Repeat("78", 123)),
            o => PacketWriter.Publish(o, V311, Publish("a/b", 0, 0, [.. Enumerable.Repeat((byte)'x', 123)]))),
        Is("PUBLISH with all properties", V5, Client,
            "30 24 0001 61 1E 01 01 02 0000003C 03 0001 63 08 0001 72 09 0002 FFFE 23 0003 26 0001 6B 0001 76 70 71",
            o => PacketWriter.Publish(o, V5, new PublishPacket
            {
                TopicUtf8 = "a"u8.ToArray(),
                Payload = "pq"u8.ToArray(),
                Properties = new Properties
                {
                    PayloadFormat = 1,
                    MessageExpirySeconds = 60,
                    ContentType = "c",
                    ResponseTopic = "r",
                    CorrelationData = [0xFF, 0xFE],
                    TopicAlias = 3,
                    UserProperties = [new("k", "v")],
                },
            })),
        Is("PUBLISH by alias alone", V5, Client, "30 06 0000 03 23 0001",
            o => PacketWriter.Publish(o, V5, new PublishPacket { Properties = new Properties { TopicAlias = 1 } })),
        Is("PUBLISH with two subscription ids", V5, Server, "30 09 0001 61 05 0B 01 0B 8001",
            o => PacketWriter.Publish(o, V5, new PublishPacket
            {
                TopicUtf8 = "a"u8.ToArray(),
                Properties = new Properties { SubscriptionIds = [1, 128] },
            })),
        Is("PUBACK", V311, Client, "40 02 0007", o => PacketWriter.Ack(o, V311, PacketType.PubAck, new AckPacket { PacketId = 7 })),
        Is("PUBACK with reason", V5, Server, "40 03 0007 87", o => PacketWriter.Ack(o, V5, PacketType.PubAck, new AckPacket
        {
            PacketId = 7, Reason = ReasonCode.NotAuthorized,
        })),
        Is("PUBACK with reason string", V5, Server, "40 08 0007 97 04 1F 0001 71", o => PacketWriter.Ack(o, V5, PacketType.PubAck, new AckPacket
        {
            PacketId = 7, Reason = ReasonCode.QuotaExceeded, Properties = new Properties { ReasonString = "q" },
        })),
        Is("PUBREC", V311, Client, "50 02 0007", o => PacketWriter.Ack(o, V311, PacketType.PubRec, new AckPacket { PacketId = 7 })),
        Is("PUBREL", V311, Client, "62 02 0007", o => PacketWriter.Ack(o, V311, PacketType.PubRel, new AckPacket { PacketId = 7 })),
        Is("PUBCOMP", V5, Client, "70 03 0007 92", o => PacketWriter.Ack(o, V5, PacketType.PubComp, new AckPacket
        {
            PacketId = 7, Reason = ReasonCode.PacketIdentifierNotFound,
        })),
        Is("SUBSCRIBE", V311, Client, "82 0C 0001 0001 61 00 0003 622F23 01",
            o => PacketWriter.Subscribe(o, V311, new SubscribePacket(1, [new("a", QoS.AtMostOnce), new("b/#", QoS.AtLeastOnce)]))),
        Is("SUBSCRIBE with options", V5, Client, "82 09 0001 02 0B 05 0001 61 2D",
            o => PacketWriter.Subscribe(o, V5, new SubscribePacket(1,
                [new("a", QoS.AtLeastOnce) { NoLocal = true, RetainAsPublished = true, RetainHandling = 2 }])
            {
                Properties = new Properties { SubscriptionIds = [5] },
            })),
        Is("SUBACK", V311, Server, "90 04 0001 01 80",
            o => PacketWriter.SubAck(o, V311, new SubAckPacket(1, [ReasonCode.GrantedQos1, ReasonCode.UnspecifiedError]))),
        Is("SUBACK", V5, Server, "90 05 0001 00 01 87",
            o => PacketWriter.SubAck(o, V5, new SubAckPacket(1, [ReasonCode.GrantedQos1, ReasonCode.NotAuthorized]))),
        Is("UNSUBSCRIBE", V311, Client, "A2 05 0001 0001 61", o => PacketWriter.Unsubscribe(o, V311, new UnsubscribePacket(1, ["a"]))),
        Is("UNSUBSCRIBE", V5, Client, "A2 06 0001 00 0001 61", o => PacketWriter.Unsubscribe(o, V5, new UnsubscribePacket(1, ["a"]))),
        Is("UNSUBACK", V311, Server, "B0 02 0001", o => PacketWriter.UnsubAck(o, V311, new SubAckPacket(1, []))),
        Is("UNSUBACK", V5, Server, "B0 04 0001 00 11",
            o => PacketWriter.UnsubAck(o, V5, new SubAckPacket(1, [ReasonCode.NoSubscriptionExisted]))),
        Is("PINGREQ", V311, Client, "C0 00", PacketWriter.PingReq),
        Is("PINGRESP", V311, Server, "D0 00", PacketWriter.PingResp),
        Is("DISCONNECT", V311, Client, "E0 00", o => PacketWriter.Disconnect(o, V311, new DisconnectPacket(ReasonCode.Success))),
        Is("DISCONNECT with will", V5, Client, "E0 01 04", o => PacketWriter.Disconnect(o, V5, new DisconnectPacket(ReasonCode.DisconnectWithWill))),
        Is("DISCONNECT with expiry", V5, Client, "E0 07 00 05 11 0000000A", o => PacketWriter.Disconnect(o, V5, new DisconnectPacket(ReasonCode.Success)
        {
            Properties = new Properties { SessionExpirySeconds = 10 },
        })),
        Is("DISCONNECT taken over", V5, Server, "E0 01 8E", o => PacketWriter.Disconnect(o, V5, new DisconnectPacket(ReasonCode.SessionTakenOver))),
        Is("AUTH", V5, Server, "F0 07 18 05 15 0002 6162", o => PacketWriter.Auth(o, new DisconnectPacket(ReasonCode.ContinueAuthentication)
        {
            Properties = new Properties { AuthenticationMethod = "ab" },
        })),
        Longer("PUBACK success spelled out", V5, Client, "40 04 0007 00 00"),
        Longer("PINGREQ with a long length", V311, Client, "C0 8000"),
    ];

    public static IReadOnlyList<PacketCase> Bad { get; } =
    [
        Not("packet type 0", V311, Client, "00 00", ReasonCode.MalformedPacket),
        Not("PINGREQ with flags [MQTT-2.2.2-2]", V311, Client, "C1 00", ReasonCode.MalformedPacket),
        Not("SUBSCRIBE without flag [MQTT-3.8.1-1]", V311, Client, "80 06 0001 0001 61 00", ReasonCode.MalformedPacket),
        Not("UNSUBSCRIBE without flag [MQTT-3.10.1-1]", V311, Client, "A0 05 0001 0001 61", ReasonCode.MalformedPacket),
        Not("PUBREL without flag [MQTT-3.6.1-1]", V311, Client, "60 02 0007", ReasonCode.MalformedPacket),
        Not("five length bytes [MQTT-1.5.5-1]", V311, Client, "30 FFFFFFFF 01", ReasonCode.MalformedPacket),
        Not("length beyond the limit", V311, Client, "30 FFFFFF7F", ReasonCode.PacketTooLarge),
        Not("second CONNECT [MQTT-3.1.0-2]", V311, Client, "E1 00", ReasonCode.MalformedPacket),
        Not("CONNACK from a client", V311, Client, "20 02 00 00", ReasonCode.ProtocolError),
        Not("SUBACK from a client", V311, Client, "90 03 0001 00", ReasonCode.ProtocolError),
        Not("UNSUBACK from a client", V311, Client, "B0 02 0001", ReasonCode.ProtocolError),
        Not("PINGRESP from a client", V311, Client, "D0 00", ReasonCode.ProtocolError),
        Not("SUBSCRIBE from a server", V311, Server, "82 06 0001 0001 61 00", ReasonCode.ProtocolError),
        Not("DISCONNECT from a 3.1.1 server", V311, Server, "E0 00", ReasonCode.ProtocolError),
        Not("AUTH at level 4", V311, Client, "F0 00", ReasonCode.ProtocolError),
        Not("CONNECT of MQIsdp [MQTT-3.1.2-1]", V311, Client, "10 10 0006 4D5149736470 03 02 003C 0002 6431", ReasonCode.UnsupportedProtocolVersion),
        Not("CONNECT at level 6 [MQTT-3.1.2-2]", V311, Client, "10 0E 0004 4D515454 06 02 003C 0002 6431", ReasonCode.UnsupportedProtocolVersion),
        Not("CONNECT with the reserved flag [MQTT-3.1.2-3]", V311, Client, "10 0E 0004 4D515454 04 03 003C 0002 6431", ReasonCode.MalformedPacket),
        Not("CONNECT with will QoS 3 [MQTT-3.1.2-14]", V311, Client, "10 14 0004 4D515454 04 1E 003C 0002 6431 0001 77 0001 78", ReasonCode.MalformedPacket),
        Not("CONNECT with will QoS without will [MQTT-3.1.2-13]", V311, Client, "10 0E 0004 4D515454 04 0A 003C 0002 6431", ReasonCode.MalformedPacket),
        Not("CONNECT with will retain without will [MQTT-3.1.2-15]", V311, Client, "10 0E 0004 4D515454 04 22 003C 0002 6431", ReasonCode.MalformedPacket),
        Not("CONNECT with password without user [MQTT-3.1.2-22]", V311, Client, "10 11 0004 4D515454 04 42 003C 0002 6431 0001 70", ReasonCode.MalformedPacket),
        Not("CONNECT that ends early", V311, Client, "10 0D 0004 4D515454 04 02 003C 0002 64", ReasonCode.MalformedPacket),
        Not("CONNECT with a tail", V311, Client, "10 0F 0004 4D515454 04 02 003C 0002 6431 00", ReasonCode.MalformedPacket),
        Not("CONNECT whose client id lies about its length", V311, Client, "10 0E 0004 4D515454 04 02 003C FFFF 6431", ReasonCode.MalformedPacket),
        Not("CONNECT with receive maximum 0", V5, Client, "10 12 0004 4D515454 05 02 003C 03 21 0000 0002 6431", ReasonCode.ProtocolError),
        Not("CONNECT with an unknown property", V5, Client, "10 11 0004 4D515454 05 02 003C 02 7E 00 0002 6431", ReasonCode.MalformedPacket),
        Not("CONNECT with a property twice", V5, Client, "10 15 0004 4D515454 05 02 003C 06 21 0001 21 0001 0002 6431", ReasonCode.ProtocolError),
        Not("CONNECT with properties longer than itself", V5, Client, "10 0F 0004 4D515454 05 02 003C 7F 0002 6431", ReasonCode.MalformedPacket),
        Not("CONNECT with authentication data alone", V5, Client, "10 13 0004 4D515454 05 02 003C 04 16 0001 78 0002 6431", ReasonCode.ProtocolError),
        Not("CONNECT with a will topic with wildcard", V311, Client, "10 14 0004 4D515454 04 06 003C 0002 6431 0001 23 0001 78", ReasonCode.TopicNameInvalid),
        Not("PUBLISH QoS 3 [MQTT-3.3.1-4]", V311, Client, "36 07 0003 612F62 0001", ReasonCode.MalformedPacket),
        Not("PUBLISH DUP at QoS 0 [MQTT-3.3.1-2]", V311, Client, "38 05 0003 612F62", ReasonCode.MalformedPacket),
        Not("PUBLISH packet id 0 [MQTT-2.3.1-1]", V311, Client, "32 07 0003 612F62 0000", ReasonCode.ProtocolError),
        Not("PUBLISH without topic [MQTT-4.7.3-1]", V311, Client, "30 02 0000", ReasonCode.TopicNameInvalid),
        Not("PUBLISH to a wildcard [MQTT-3.3.2-2]", V311, Client, "30 05 0003 612F23", ReasonCode.TopicNameInvalid),
        Not("PUBLISH with U+0000 [MQTT-1.5.3-2]", V311, Client, "30 05 0003 610062", ReasonCode.MalformedPacket),
        Not("PUBLISH with a surrogate [MQTT-1.5.3-1]", V311, Client, "30 05 0003 EDA080", ReasonCode.MalformedPacket),
        Not("PUBLISH with overlong UTF-8", V311, Client, "30 04 0002 C0AF", ReasonCode.MalformedPacket),
        Not("PUBLISH whose topic lies about its length", V311, Client, "30 05 FFFF 612F62", ReasonCode.MalformedPacket),
        Not("PUBLISH without packet id", V311, Client, "32 05 0003 612F62", ReasonCode.MalformedPacket),
        Not("PUBLISH without topic and alias", V5, Client, "30 03 0000 00", ReasonCode.ProtocolError),
        Not("PUBLISH with alias 0 [MQTT-3.3.2-8]", V5, Client, "30 06 0000 03 23 0000", ReasonCode.TopicAliasInvalid),
        Not("PUBLISH with subscription id from a client [MQTT-3.3.4-6]", V5, Client, "30 06 0001 61 02 0B 01", ReasonCode.ProtocolError),
        Not("PUBLISH with a property of CONNECT", V5, Client, "30 07 0001 61 03 21 0001", ReasonCode.MalformedPacket),
        Not("PUBLISH with payload format 2", V5, Client, "30 06 0001 61 02 01 02", ReasonCode.ProtocolError),
        Not("PUBLISH with an empty response topic [MQTT-4.7.3-1]", V5, Client, "30 07 0001 61 03 08 0000", ReasonCode.ProtocolError),
        Not("PUBLISH with a wildcard as response topic", V5, Client, "30 08 0001 61 04 08 0001 23", ReasonCode.ProtocolError),
        Not("PUBLISH with an overlong property length", V5, Client, "30 05 0001 61 8000", ReasonCode.MalformedPacket),
        Not("PUBLISH with 21 user properties", V5, Client,
            "30 9801 0001 61 9301" + string.Concat(Enumerable.Repeat("26000161000162", 20)) + "26000161" + "000162", ReasonCode.QuotaExceeded),
        Not("PUBACK packet id 0", V311, Client, "40 02 0000", ReasonCode.ProtocolError),
        Not("PUBACK with a tail", V311, Client, "40 03 0007 00", ReasonCode.MalformedPacket),
        Not("PUBACK with an unknown reason", V5, Client, "40 03 0007 55", ReasonCode.ProtocolError),
        Not("SUBSCRIBE without filters [MQTT-3.8.3-3]", V311, Client, "82 02 0001", ReasonCode.ProtocolError),
        Not("SUBSCRIBE QoS 3 [MQTT-3.8.3-4]", V311, Client, "82 06 0001 0001 61 03", ReasonCode.MalformedPacket),
        Not("SUBSCRIBE with level 5 options at level 4", V311, Client, "82 06 0001 0001 61 04", ReasonCode.MalformedPacket),
        Not("SUBSCRIBE with reserved options [MQTT-3.8.3-5]", V5, Client, "82 07 0001 00 0001 61 40", ReasonCode.MalformedPacket),
        Not("SUBSCRIBE with retain handling 3", V5, Client, "82 07 0001 00 0001 61 30", ReasonCode.ProtocolError),
        Not("SUBSCRIBE QoS 3 at level 5", V5, Client, "82 07 0001 00 0001 61 03", ReasonCode.ProtocolError),
        Not("PINGREQ with a length longer than it takes [MQTT-1.5.5-1]", V5, Client, "C0 8000", ReasonCode.MalformedPacket),
        Not("DISCONNECT with a server's reason [MQTT-3.14.2-1]", V5, Client, "E0 01 8E", ReasonCode.ProtocolError),
        Not("DISCONNECT with a client's reason [MQTT-3.14.2-1]", V5, Server, "E0 01 04", ReasonCode.ProtocolError),
        Not("AUTH with a reason of others [MQTT-3.15.2-1]", V5, Client, "F0 01 87", ReasonCode.ProtocolError),
        Not("SUBSCRIBE with subscription id 0", V5, Client, "82 09 0001 02 0B 00 0001 61 00", ReasonCode.ProtocolError),
        Not("SUBSCRIBE without packet id", V311, Client, "82 01 00", ReasonCode.MalformedPacket),
        Not("UNSUBSCRIBE without filters [MQTT-3.10.3-2]", V311, Client, "A2 02 0001", ReasonCode.ProtocolError),
        Not("PINGREQ with a body", V311, Client, "C0 01 00", ReasonCode.MalformedPacket),
        Not("DISCONNECT with a body at level 4", V311, Client, "E0 01 00", ReasonCode.MalformedPacket),
        Not("DISCONNECT with a tail", V5, Client, "E0 03 00 00 00", ReasonCode.MalformedPacket),
        Not("CONNACK with reserved flags", V311, Server, "20 02 02 00", ReasonCode.MalformedPacket),
        Not("SUBACK without codes", V311, Server, "90 02 0001", ReasonCode.MalformedPacket),
    ];

    public static IEnumerable<TheoryDataRow<int>> GoodRows => Good.Select((row, index) => new TheoryDataRow<int>(index) { TestDisplayName = row.ToString() });

    public static IEnumerable<TheoryDataRow<int>> BadRows => Bad.Select((row, index) => new TheoryDataRow<int>(index) { TestDisplayName = row.ToString() });

    private static PacketCase Is(string name, ProtocolLevel level, PacketSource from, string hex, Action<PooledBuffer> write) =>
        new(name, level, from, Hex(hex)) { Write = write };

    private static PacketCase Longer(string name, ProtocolLevel level, PacketSource from, string hex) =>
        new(name, level, from, Hex(hex)) { IsShortestForm = false };

    private static PacketCase Not(string name, ProtocolLevel level, PacketSource from, string hex, ReasonCode refusal) =>
        new(name, level, from, Hex(hex)) { Refusal = refusal };

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static ConnectPacket Connect(ProtocolLevel level) =>
        new() { Level = level, ClientId = "d1", CleanStart = true, KeepAliveSeconds = 60 };

    private static PublishPacket Publish(
        string topic, QoS qos, ushort packetId, byte[]? payload = null, bool retain = false, bool dup = false) => new()
    {
        TopicUtf8 = System.Text.Encoding.UTF8.GetBytes(topic),
        Payload = payload ?? [],
        QoS = qos,
        PacketId = packetId,
        Retain = retain,
        Dup = dup,
    };
}
