using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

public sealed class TlsTests
{
    /// <summary>TLS 1.3: type byte and tag; TLS 1.2 GCM: nonce and tag.</summary>
    private const int RecordOverhead = 24;

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Blocks_arrive_whole_in_records_that_a_small_receiver_can_take(SslProtocols protocol)
    {
        await using var under = await Start();
        using var certificate = TestPki.Device("d1");
        var (client, wire) = await Connect(under, "d1", certificate, protocol);
        await using var _ = client;
        var connection = under.Broker.Find("d1")!;
        var body = new byte[100_000];
        new Random(3).NextBytes(body);
        foreach (var size in new[] { 1, 4096, 8192, 65_536, 100_000 })
        {
            Assert.Equal(SendResult.Queued, connection.TrySend("t/data"u8, "<"u8, body.AsMemory(0, size), ">"u8, QoS.AtMostOnce));
            var block = (await client.NextPublish()).Bytes;
            Assert.Equal(size + 2, block.Length);
            Assert.True(block.AsSpan(1, size).SequenceEqual(body.AsSpan(0, size)));
        }

        var records = wire.ApplicationRecords();
        Assert.True(records.Count > 40, $"{records.Count} records");
        Assert.InRange(records.Max(), 4352, 4352 + RecordOverhead);
        // A block of 4 KiB with its head goes in one.
        Assert.Contains(records, record => record is > 4096 + 2 and < 4352);
    }

    [Fact]
    public async Task The_host_sees_the_certificate_and_the_chain_that_came_with_it()
    {
        await using var under = await Start();
        ConnectAttempt? seen = null;
        under.Host.OnConnect = attempt =>
        {
            seen = attempt;
            return ConnectDecision.Accept(state: null);
        };
        using var certificate = TestPki.Device("d1");
        var context = SslStreamCertificateContext.Create(certificate, [TestPki.Intermediate], offline: true);
        var (client, _) = await Connect(under, "d1", context, SslProtocols.Tls13);
        await client.DisposeAsync();

        Assert.Equal(certificate.RawData, seen!.ClientCertificate);
        Assert.Contains(seen.Transport.ClientChain, other => other.AsSpan().SequenceEqual(TestPki.Intermediate.RawData));
        Assert.DoesNotContain(seen.Transport.ClientChain, other => other.AsSpan().SequenceEqual(certificate.RawData));
        Assert.Equal((true, SslProtocols.Tls13, "localhost"), (seen.Transport.IsTls, seen.Transport.Protocol, seen.Transport.ServerName));
    }

    [Fact]
    public async Task Any_chain_or_none_passes_the_handshake_and_the_host_decides()
    {
        await using var under = await Start();
        under.Host.OnConnect = attempt => attempt.ClientCertificate is null
            ? ConnectDecision.Refuse(ReasonCode.NotAuthorized, silentV311: false)
            : ConnectDecision.Accept(state: null);
        using var own = TestPki.SelfSigned("unknown");
        var (known, _) = await Connect(under, "d1", own, SslProtocols.Tls12);
        await known.Ping();
        await known.DisposeAsync();

        var (stream, _) = await Handshake(under, context: null, SslProtocols.Tls13);
        await using var nobody = RawClient.On(stream);
        Assert.Equal(5, (await nobody.Connect("d2")).Code);
    }

    [Fact]
    public async Task Old_protocols_and_plain_bytes_fail_the_handshake()
    {
        await using var under = await Start();
        await using var plain = await under.Open();
        await plain.SendConnect("d1");
        while (await ReadsMore(plain))
        {
            // An alert may come before the end.
        }

        Assert.Equal(0, under.Broker.Count().HandshakesDone);
        await under.Until(counters => counters.HandshakesFailed == 1);

        static async Task<bool> ReadsMore(RawClient client)
        {
            try
            {
                return await client.Next() is not null;
            }
            catch (Xunit.Sdk.XunitException)
            {
                return false; // A TLS alert is no packet.
            }
        }
    }

    [Fact]
    public async Task A_peer_that_says_no_hello_or_half_of_one_holds_no_turn_and_is_closed_in_time()
    {
        await using var under = await Start(options => options with { HandshakesAtOnceMax = 1 });
        await using var silent = await under.Open();
        await using var half = await under.Open();
        await half.Send(0x16, 0x03, 0x01, 0x01, 0x00, 0x01);
        await under.Until(counters => counters.SocketsOpen == 2);

        // The only turn is free all the same.
        using var certificate = TestPki.Device("d1");
        var (client, _) = await Connect(under, "d1", certificate, SslProtocols.Tls13);
        await client.Ping();
        under.Time.Advance(TimeSpan.FromSeconds(6));
        await silent.ExpectEnd();
        await half.ExpectEnd();
        await client.Ping();
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, 1)]
    [InlineData(SslProtocols.Tls13, 1)]
    [InlineData(SslProtocols.Tls13, 100)]
    public async Task A_hello_that_comes_in_pieces_is_heard(SslProtocols protocol, int piece)
    {
        await using var under = await Start();
        using var certificate = TestPki.Device("d1");
        var (stream, _) = await Handshake(under, SslStreamCertificateContext.Create(certificate, [], offline: true), protocol, pieces: piece);
        await using var client = RawClient.On(stream);
        Assert.Equal(0, (await client.Connect("d1")).Code);
        await client.Ping();
    }

    [Fact]
    public async Task Strangers_fill_no_more_rooms_than_there_are_and_others_get_the_next()
    {
        await using var under = await Start(options => options with { StrangersMax = 3 });
        var hello = ClientHellos.Of(SslProtocols.Tls13);
        var crowd = new List<RawClient>();
        for (var i = 0; i < 30; i++)
        {
            crowd.Add(await RawClient.Open(under.EndPoint, from: IPAddress.Parse("127.0.0.2")));
            await crowd[^1].Send(hello); // And nothing more.
        }

        await under.Until(_ => under.Broker.Handshakes is { Strangers: 3, Waiting: 27 });
        using var certificate = TestPki.Device("d1");
        var good = Connect(under, "d1", certificate, SslProtocols.Tls13);
        await under.Until(_ => under.Broker.Handshakes.Waiting == 28);

        // Those inside have five seconds; of the rooms that are free then, one is for the other address.
        under.Time.Advance(TimeSpan.FromSeconds(6));
        var (client, _) = await good;
        await client.Ping();
        await under.Until(_ => under.Broker.Handshakes is { Strangers: 3, Waiting: 24 });
        await client.DisposeAsync();
        foreach (var one in crowd)
            await one.DisposeAsync();
        await under.Until(_ => under.Broker.Handshakes is { Strangers: 0, Waiting: 0 });
    }

    [Fact]
    public async Task Many_handshakes_take_turns_and_all_get_through()
    {
        await using var under = await Start(options => options with { HandshakesAtOnceMax = 2 });
        using var certificate = TestPki.Device("d1");
        var clients = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
            (await Connect(under, $"d{i}", certificate, SslProtocols.Tls13)).Client));
        Assert.Equal(60, under.Broker.Count().HandshakesDone);
        foreach (var client in clients)
        {
            await client.Ping();
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_connection_ended_by_the_host_says_so_and_closes_TLS_properly()
    {
        await using var under = await Start();
        using var certificate = TestPki.Device("d1");
        var (stream, _) = await Handshake(under, SslStreamCertificateContext.Create(certificate, [], offline: true), SslProtocols.Tls13);
        await using var client = RawClient.On(stream, ProtocolLevel.V5);
        await client.Connect("d1");
        under.Broker.Disconnect("d1", ReasonCode.AdministrativeAction);
        await client.ExpectDisconnect(ReasonCode.AdministrativeAction);
    }

    private static Task<BrokerUnderTest> Start(Func<BrokerOptions, BrokerOptions>? change = null) => BrokerUnderTest.Start(options =>
    {
        options = options with
        {
            Listeners = [new MqttListener("tls", new IPEndPoint(IPAddress.Loopback, 0), TlsOptions.ForDevices(TestPki.Server))],
        };
        return change?.Invoke(options) ?? options;
    });

    private static Task<(RawClient Client, RecordingStream Wire)> Connect(
        BrokerUnderTest under, string clientId, X509Certificate2 certificate, SslProtocols protocol) =>
        Connect(under, clientId, SslStreamCertificateContext.Create(certificate, [], offline: true), protocol);

    private static async Task<(RawClient Client, RecordingStream Wire)> Connect(
        BrokerUnderTest under, string clientId, SslStreamCertificateContext context, SslProtocols protocol)
    {
        var (stream, wire) = await Handshake(under, context, protocol);
        var client = RawClient.On(stream);
        Assert.Equal(0, (await client.Connect(clientId)).Code);
        return (client, wire);
    }

    private static async Task<(SslStream Stream, RecordingStream Wire)> Handshake(
        BrokerUnderTest under, SslStreamCertificateContext? context, SslProtocols protocol, int pieces = int.MaxValue)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(under.EndPoint);
        var wire = new RecordingStream(new NetworkStream(socket, ownsSocket: true), pieces);
        var stream = new SslStream(wire);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocol,
            ClientCertificateContext = context,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        return (stream, wire);
    }
}
