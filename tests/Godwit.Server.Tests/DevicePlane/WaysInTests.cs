using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text;
using Godwit.Core.Access;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Tests.Mqtt;

namespace Godwit.Server.Tests.DevicePlane;

/// <summary>The HTTPS port carries MQTT, MQTT over WebSocket and the data plane, chosen by ALPN, then by path.</summary>
public sealed class WaysInTests : IAsyncLifetime
{
    private const string AwsMqtt = "x-amzn-mqtt-ca", AwsHttp = "x-amzn-http-ca";

    private TestServer _server = null!;
    private Registrar _registrar = null!;
    private TestDevice _device = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        _registrar = new Registrar(_server.Get<IServiceProvider>());
        _device = await _registrar.Register("dev7", Registrar.WidePolicy);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Checklist_18_one_port_carries_four_ways_chosen_by_ALPN_then_by_path()
    {
        await using var byAlpn = RawClient.On(await Dial(_device, AwsMqtt));
        Assert.Equal(0, (await byAlpn.Connect("by-alpn")).Code);
        await using var byMqtt = RawClient.On(await Dial(_device, "mqtt"));
        Assert.Equal(0, (await byMqtt.Connect("by-mqtt")).Code);
        await using var bySocket = RawClient.On(await WebSocketByCertificate());
        Assert.Equal(0, (await bySocket.Connect("by-socket")).Code);
        await using var https = await Dial(_device, AwsHttp);

        await byAlpn.Subscribe("news/#", QoS.AtMostOnce);
        Assert.Equal("HTTP/1.1 200 OK", await Post(https, "/topics/news%2Fhttps"));
        Assert.Equal("news/https", (await byAlpn.NextPublish()).Topic);
        await bySocket.Publish("news/socket", "x");
        Assert.Equal("news/socket", (await byAlpn.NextPublish()).Topic);
        await byMqtt.Publish("news/mqtt", "x");
        Assert.Equal("news/mqtt", (await byAlpn.NextPublish()).Topic);
    }

    [Theory]
    [InlineData("x-amzn-mqtt-ca", "x-amzn-mqtt-ca")]
    [InlineData("x-amzn-http-ca", "x-amzn-http-ca")]
    [InlineData("http/1.1", "http/1.1")]
    [InlineData("h2,http/1.1", "http/1.1")]
    [InlineData("h2", "")]
    [InlineData("somebody's/own", "")]
    [InlineData("", "")]
    public async Task Checklist_18_any_ALPN_is_tolerated_and_a_known_one_is_echoed(string offered, string chosen)
    {
        await using var tls = await Dial(_device, offered.Split(',', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(chosen, tls.NegotiatedApplicationProtocol.ToString());
        if (chosen != AwsMqtt)
            Assert.Equal("HTTP/1.1 200 OK", await Post(tls, "/topics/news"));
    }

    [Theory]
    [InlineData("x-amzn-mqtt-ca")]
    [InlineData("mqtt")]
    [InlineData("somebody's/own")]
    public async Task Checklist_18_the_MQTT_port_takes_any_ALPN(string offered)
    {
        await using var client = RawClient.On(await DialPort(_server.Endpoints.MqttPort, _device, null, offered));

        Assert.Equal(0, (await client.Connect("dev7")).Code);
    }

    [Theory]
    [InlineData("x-amzn-mqtt-ca")]
    [InlineData("mqtt")]
    public async Task Checklist_18_MQTT_by_ALPN_without_a_registered_certificate_is_refused(string protocol)
    {
        foreach (var device in new[] { null, _registrar.Make() })
        {
            await using var client = RawClient.On(await Dial(device, protocol), ProtocolLevel.V5);
            Assert.Equal((byte)ReasonCode.NotAuthorized, (await client.Connect("nobody")).Code);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Checklist_18_a_signed_URL_opens_a_WebSocket_on_either_port_with_the_token_outside_the_signature(bool https)
    {
        using var socket = await Open(Signed(https));
        Assert.Equal("mqtt", socket.SubProtocol);
        await using var client = RawClient.On(StreamOf(socket));
        Assert.Equal(0, (await client.Connect("browser")).Code);

        Assert.Equal(ReasonCode.Success, await client.Subscribe("$aws/things/dev7/jobs/get/accepted", QoS.AtMostOnce));
        await client.Publish("$aws/things/dev7/jobs/get", "{}");

        Assert.Equal("$aws/things/dev7/jobs/get/accepted", (await client.NextPublish()).Topic);
    }

    [Fact]
    public async Task A_WebSocket_by_signature_ends_when_its_day_is_over()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.Start(time, options =>
        {
            Assert.Equal(TimeSpan.FromHours(24), options.SignedWebSocketLifetime);
            return options with { SignedWebSocketLifetime = TimeSpan.FromMinutes(10) };
        });
        var query = new SigV4Signer(TestServer.Key.Id, TestServer.Key.Secret, "us-east-1", "iotdevicegateway").Presign(
            new SigV4Request("GET", "/mqtt", "", [new("Host", $"localhost:{server.Endpoints.ApiPort}")]), time.GetUtcNow(), TimeSpan.FromMinutes(5));
        await using var user = RawClient.On(StreamOf(await Open(new Uri($"ws://localhost:{server.Endpoints.ApiPort}/mqtt?{query}"))), ProtocolLevel.V5);
        await user.Connect("browser", keepAlive: 1200);
        for (var minute = 1; minute < 10; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await user.Ping();
        }
        time.Advance(TimeSpan.FromMinutes(1));
        await user.ExpectDisconnect(ReasonCode.MaximumConnectTime);
    }

    [Fact]
    public async Task The_devices_port_takes_signatures_for_the_data_planes_and_for_nothing_else()
    {
        await using var device = RawClient.On(await Dial(_device, AwsMqtt));
        await device.Connect("dev7");
        await device.Subscribe("news", QoS.AtMostOnce);

        Assert.Equal("HTTP/1.1 200 OK", await Post(await Dial(null), "/topics/news", "iotdevicegateway"));
        Assert.Equal("news", (await device.NextPublish()).Topic);
        Assert.Equal("HTTP/1.1 200 OK", await Post(await Dial(null), "/topics/news", "iotdata"));
        Assert.Equal("HTTP/1.1 403 Forbidden", await Post(await Dial(null), "/things/dev9", "iot"));
        Assert.Equal("HTTP/1.1 403 Forbidden", await Post(await Dial(null), "/topics/news", "iotdata", TestServer.Key with { Secret = "wrong" }));
    }

    [Fact]
    public async Task Rights_over_HTTPS_are_kept_and_follow_the_registry()
    {
        var narrow = await _registrar.Register("dev8", "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iot:Publish\",\"Resource\":\"arn:aws:iot:us-east-1:*:topic/mine\"}}");
        Assert.Equal("HTTP/1.1 200 OK", await Post(await Dial(narrow), "/topics/mine"));
        Assert.Equal("HTTP/1.1 403 Forbidden", await Post(await Dial(narrow), "/topics/other"));

        var user = Registrar.UserOf("000000000000");
        await _registrar.Do<Godwit.Server.Policies.CreatePolicyVersion, Godwit.Server.Policies.CreatePolicyVersion.Request, Godwit.Server.Policies.CreatePolicyVersion.Response>(
            user, new() { PolicyName = Registrar.PolicyOf(narrow), PolicyDocument = Registrar.WidePolicy, SetAsDefault = true });
        Assert.Equal("HTTP/1.1 200 OK", await Post(await Dial(narrow), "/topics/other"));
        await _registrar.Do<Godwit.Server.Certificates.UpdateCertificate, Godwit.Server.Certificates.UpdateCertificate.Request, Godwit.Core.Nothing>(
            user, new() { CertificateId = narrow.Id, NewStatus = "INACTIVE" });
        Assert.Equal("HTTP/1.1 400 Bad Request", await Post(await Dial(narrow), "/topics/other"));
    }

    [Fact]
    public async Task Users_of_different_accounts_do_not_hear_each_other()
    {
        await using var mine = RawClient.On(StreamOf(await Open(Signed(https: false))));
        await using var theirs = RawClient.On(StreamOf(await Open(Signed(https: false, TestServer.OtherKey))));
        await mine.Connect("same");
        await theirs.Connect("same");
        await mine.Subscribe("#", QoS.AtMostOnce);

        await theirs.Publish("news", "theirs");
        await theirs.Ping();
        await mine.Publish("news", "mine");

        Assert.Equal("mine", (await mine.NextPublish()).Payload);
    }

    [Theory]
    [InlineData("wrong signature", HttpStatusCode.Forbidden)]
    [InlineData("wrong service", HttpStatusCode.Forbidden)]
    [InlineData("expired", HttpStatusCode.Forbidden)]
    [InlineData("a session's token", HttpStatusCode.Forbidden)]
    [InlineData("unsigned", HttpStatusCode.Forbidden)]
    [InlineData("no subprotocol", HttpStatusCode.BadRequest)]
    public async Task Checklist_18_a_WebSocket_is_refused_before_the_upgrade(string what, HttpStatusCode status)
    {
        foreach (var https in new[] { false, true })
        {
            var uri = what switch
            {
                "wrong signature" => Signed(https, TestServer.Key with { Secret = "another" }),
                "wrong service" => Signed(https, service: "iot"),
                "expired" => Signed(https, age: TimeSpan.FromHours(1)),
                "a session's token" => new Uri(Signed(https) + "&X-Amz-Security-Token=abc"),
                "unsigned" => new Uri(Signed(https).GetLeftPart(UriPartial.Path)),
                _ => Signed(https),
            };
            using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
            if (what != "no subprotocol")
                socket.Options.AddSubProtocol("mqtt");

            await Assert.ThrowsAsync<WebSocketException>(() => Connect(socket, uri, null));

            Assert.Equal(status, socket.HttpStatusCode);
        }
    }

    [Fact]
    public async Task A_WebSocket_by_an_unregistered_certificate_is_refused_at_CONNECT()
    {
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        socket.Options.AddSubProtocol("mqtt");
        await Connect(socket, Address(https: true), _registrar.Make());
        await using var client = RawClient.On(StreamOf(socket), ProtocolLevel.V5);

        Assert.Equal((byte)ReasonCode.NotAuthorized, (await client.Connect("rogue")).Code);
    }

    [Fact]
    public async Task Frames_split_and_join_packets_in_any_way()
    {
        using var socket = await Open(Signed(https: false));
        using var packets = new PooledBuffer();
        PacketWriter.Connect(packets, new ConnectPacket { Level = ProtocolLevel.V311, ClientId = "split", CleanStart = true, KeepAliveSeconds = 60 });
        PacketWriter.PingReq(packets);
        var bytes = packets.Written.ToArray();

        // All but the end byte by byte, among them empty frames and fragments of one message; then the rest together with a packet more.
        for (var i = 0; i < bytes.Length - 3; i++)
        {
            await socket.SendAsync(bytes.AsMemory(i, 1), WebSocketMessageType.Binary, endOfMessage: i % 3 != 0, Ct);
            if (i % 3 == 1)
                await socket.SendAsync(ReadOnlyMemory<byte>.Empty, WebSocketMessageType.Binary, endOfMessage: true, Ct);
        }
        await socket.SendAsync(bytes.AsMemory(bytes.Length - 3), WebSocketMessageType.Binary, endOfMessage: true, Ct);

        await using var client = RawClient.On(StreamOf(socket));
        await client.Next(PacketType.ConnAck);
        await client.Next(PacketType.PingResp);
    }

    [Fact]
    public async Task Text_ends_a_WebSocket()
    {
        using var socket = await Open(Signed(https: false));

        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Ct);

        var answer = await socket.ReceiveAsync(new byte[16].AsMemory(), Ct);
        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.InvalidMessageType), (answer.MessageType, socket.CloseStatus));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Checklist_15_no_TLS_record_by_ALPN_is_larger_than_a_small_device_can_take(SslProtocols version)
    {
        RecordTap? tap = null;
        await using var client = RawClient.On(await DialPort(_server.Endpoints.HttpsPort, _device, inner => tap = new RecordTap(inner), version, AwsMqtt));
        await client.Connect("dev7");
        await client.Subscribe("news", QoS.AtMostOnce);

        var text = new string('x', 50_000);
        await client.Publish("news", text);

        Assert.Equal(text, (await client.NextPublish()).Payload);
        Assert.InRange(tap!.LargestRecord, 4096, 4352 + 256);
    }

    [Fact]
    public async Task A_service_that_stops_tells_its_clients_so_and_waits_for_none()
    {
        await using var client = RawClient.On(await Dial(_device, AwsMqtt), ProtocolLevel.V5);
        await using var browser = RawClient.On(StreamOf(await Open(Signed(https: false))), ProtocolLevel.V5);
        await browser.Connect("browser");
        await client.Connect("dev7");

        var restarting = _server.Restart();

        Assert.Equal(ReasonCode.ServerShuttingDown, (await client.Next(PacketType.Disconnect)).Disconnect.Reason);
        Assert.Equal(ReasonCode.ServerShuttingDown, (await browser.Next(PacketType.Disconnect)).Disconnect.Reason);
        await restarting.WaitAsync(TimeSpan.FromSeconds(15), Ct);
    }

    private Uri Address(bool https) => https ? new($"wss://localhost:{_server.Endpoints.HttpsPort}/mqtt") : new($"ws://localhost:{_server.Endpoints.ApiPort}/mqtt");

    /// <summary>As the SDKs for browsers sign it: the path and the Host header only.</summary>
    private Uri Signed(bool https, PresetAccessKey? key = null, string service = "iotdevicegateway", TimeSpan age = default)
    {
        var (signer, address) = (key ?? TestServer.Key, Address(https));
        var query = new SigV4Signer(signer.Id, signer.Secret, "us-east-1", service).Presign(
            new SigV4Request("GET", "/mqtt", "", [new("Host", address.Authority)]), _server.Time.GetUtcNow() - age, TimeSpan.FromMinutes(5));
        return new Uri($"{address}?{query}");
    }

    private async Task<ClientWebSocket> Open(Uri uri)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await Connect(socket, uri, null);
        return socket;
    }

    private async Task<Stream> WebSocketByCertificate()
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await Connect(socket, Address(https: true), _device);
        return StreamOf(socket);
    }

    private async Task Connect(ClientWebSocket socket, Uri uri, TestDevice? device)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = _registrar.ClientTls(device), UseProxy = false });
        await socket.ConnectAsync(uri, http, Ct);
    }

    private static WebSocketStream StreamOf(WebSocket socket) => WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);

    private Task<SslStream> Dial(TestDevice? device, params string[] protocols) => DialPort(_server.Endpoints.HttpsPort, device, null, protocols);

    private Task<SslStream> DialPort(int port, TestDevice? device, Func<Stream, Stream>? tap, params string[] protocols) =>
        DialPort(port, device, tap, SslProtocols.None, protocols);

    private async Task<SslStream> DialPort(int port, TestDevice? device, Func<Stream, Stream>? tap, SslProtocols version, params string[] protocols)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, Ct);
        var stream = new NetworkStream(socket, ownsSocket: true);
        var tls = new SslStream(tap?.Invoke(stream) ?? stream);
        var options = _registrar.ClientTls(device, version);
        if (protocols.Length > 0)
            options.ApplicationProtocols = [.. protocols.Select(protocol => new SslApplicationProtocol(protocol))];
        await tls.AuthenticateAsClientAsync(options, Ct);
        return tls;
    }

    private async Task<string?> Post(SslStream tls, string path, string service, PresetAccessKey? key = null)
    {
        var signer = new SigV4Signer((key ?? TestServer.Key).Id, (key ?? TestServer.Key).Secret, "us-east-1", service);
        var unsigned = new SigV4Request("POST", path, "", [new("Host", "localhost")]);
        var signed = signer.Sign(unsigned, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("hi"u8)), _server.Time.GetUtcNow());
        var headers = string.Concat(signed.Headers.Where(header => header.Key != "Host").Select(header => $"{header.Key}: {header.Value}\r\n"));
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: 2\r\nConnection: close\r\n\r\nhi"), Ct);
        using var reader = new StreamReader(tls, Encoding.ASCII);
        return await reader.ReadLineAsync(Ct);
    }

    private static async Task<string?> Post(SslStream tls, string path)
    {
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"), Ct);
        using var reader = new StreamReader(tls, Encoding.ASCII);
        return await reader.ReadLineAsync(Ct);
    }
}
