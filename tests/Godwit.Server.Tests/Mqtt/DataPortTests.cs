using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Mqtt;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>The HTTPS port of devices, on the whole service.</summary>
public sealed class DataPortTests
{
    private const string Policy =
        """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
          {"Effect":"Allow","Action":["iot:Publish","iot:Subscribe","iot:Receive"],"Resource":["arn:aws:iot:us-east-1:000000000000:topic/news/*","arn:aws:iot:us-east-1:000000000000:topicfilter/news/*"]},
          {"Effect":"Allow","Action":["iot:GetPendingJobExecutions","iot:DescribeJobExecution"],"Resource":"arn:aws:iot:us-east-1:000000000000:thing/${iot:Connection.Thing.ThingName}"}]}
        """;

    [Fact]
    public async Task A_registered_certificate_publishes_to_those_who_subscribe()
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        var device = await registrar.Register("dev7", Policy);
        await using var listener = await Subscriber(server, registrar, device, "news/#");
        using var https = Https(server, registrar, device);

        using var answer = await https.PostAsync("/topics/news%2Ftoday?qos=1", new ByteArrayContent("hello"u8.ToArray()), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var message = await listener.NextPublish();
        Assert.Equal(("news/today", "hello"), (message.Topic, message.Payload));
    }

    [Theory]
    [InlineData("/topics/alarms", "iot:Publish", "topic/alarms")]
    [InlineData("/topics/news%2Ftoday?retain=true", "iot:RetainPublish", "topic/news/today")]
    [InlineData("/topics/%24aws%2Fthings%2Fdev8%2Fjobs%2Fget", "iot:Publish", "topic/$aws/things/dev8/jobs/get")]
    public async Task A_topic_that_its_policies_do_not_allow_is_forbidden(string path, string action, string resource)
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        using var https = Https(server, registrar, await registrar.Register("dev7", Policy));

        using var answer = await https.PostAsync(path, new ByteArrayContent([1]), TestContext.Current.CancellationToken);

        var message = await Refused(answer, HttpStatusCode.Forbidden, "ForbiddenException");
        Assert.Contains($"{action} on arn:aws:iot:us-east-1:000000000000:{resource}", message);
    }

    [Theory]
    [InlineData("GET", "/things/dev8/jobs", "GetPendingJobExecutions")]
    [InlineData("PUT", "/things/dev7/jobs/$next", "StartNextPendingJobExecution")]
    [InlineData("GET", "/things/dev8/jobs/x", "DescribeJobExecution")]
    [InlineData("POST", "/things/dev7/jobs/x", "UpdateJobExecution")]
    public async Task Each_jobs_operation_needs_its_own_action_on_the_thing_it_names(string method, string path, string action)
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        await registrar.Register("dev8");
        using var https = Https(server, registrar, await registrar.Register("dev7", Policy));
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("""{"status":"SUCCEEDED"}""") };
        if (method == "GET")
            request.Content = null;

        using var answer = await https.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Contains("iot:" + action, await Refused(answer, HttpStatusCode.Forbidden, "ForbiddenException"));
    }

    [Fact]
    public async Task A_device_asks_for_its_jobs_by_its_certificate()
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        using var https = Https(server, registrar, await registrar.Register("dev7", Policy));

        using var pending = await https.GetAsync("/things/dev7/jobs", TestContext.Current.CancellationToken);
        using var missing = await https.GetAsync("/things/dev7/jobs/x", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, pending.StatusCode);
        using var json = JsonDocument.Parse(await pending.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, json.RootElement.GetProperty("queuedJobs").GetArrayLength());
        await Refused(missing, HttpStatusCode.NotFound, "ResourceNotFoundException");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("rogue")]
    [InlineData("INACTIVE")]
    [InlineData("REVOKED")]
    [InlineData("expired")]
    public async Task A_certificate_that_does_not_count_is_refused_before_anything_is_read(string what)
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        var device = what switch
        {
            "none" => null,
            "rogue" => registrar.Make(),
            "expired" => await registrar.Register("dev7", Policy, end: TimeProvider.System.GetUtcNow().AddHours(-1)),
            _ => await registrar.Register("dev7", Policy, status: what),
        };
        using var https = Https(server, registrar, device);

        using var answer = await https.GetAsync("/things/dev7/jobs", TestContext.Current.CancellationToken);

        await Refused(answer, HttpStatusCode.BadRequest, "CertificateValidationException");
    }

    [Fact]
    public async Task Only_the_data_planes_are_behind_this_port()
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        using var https = Https(server, registrar, await registrar.Register("dev7", Registrar.WidePolicy));

        foreach (var path in new[] { "/health/ready", "/ca.pem", "/things/dev7", "/policies", "/bucket/key" })
            using (var answer = await https.GetAsync(path, TestContext.Current.CancellationToken))
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_device_that_offers_AWSs_ALPN_name_is_served()
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        var device = await registrar.Register("dev7", Policy);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Endpoints.HttpsPort, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(new NetworkStream(socket));
        var options = registrar.ClientTls(device, SslProtocols.Tls12);
        options.ApplicationProtocols = [new SslApplicationProtocol("x-amzn-http-ca")];
        await tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);

        await tls.WriteAsync("POST /topics/news%2Fx HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"u8.ToArray(), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(tls, Encoding.ASCII);
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal("x-amzn-http-ca", tls.NegotiatedApplicationProtocol.ToString());
    }

    [Theory]
    [InlineData("/topics/a%2F%2B")]
    [InlineData("/topics/a%23")]
    [InlineData("/topics/a%2Fb%2Fc%2Fd%2Fe%2Ff%2Fg%2Fh%2Fi")]
    [InlineData("/topics/%24aws%2Fthings%2Fdev7%2Fjobs%2Fnotify")]
    [InlineData("/topics/%24SYS%2Fx")]
    [InlineData("/topics/%24aws%2Fthings%2Fdev7%2Fjobs%2Fget?retain=true")]
    public async Task A_topic_that_nobody_may_publish_on_is_an_invalid_request(string path)
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        using var https = Https(server, registrar, await registrar.Register("dev7", Registrar.WidePolicy));

        using var answer = await https.PostAsync(path, new ByteArrayContent([1]), TestContext.Current.CancellationToken);

        await Refused(answer, HttpStatusCode.BadRequest, "InvalidRequestException");
    }

    [Fact]
    public async Task A_jobs_request_by_HTTP_is_answered_to_those_who_subscribe_to_the_answer()
    {
        await using var server = await TestServer.Start();
        var registrar = new Registrar(server.Get<IServiceProvider>());
        var device = await registrar.Register("dev7", Registrar.WidePolicy);
        await using var listener = await Subscriber(server, registrar, device, "$aws/things/dev7/jobs/+/nonsense/rejected");
        using var https = Https(server, registrar, device);

        using var answer = await https.PostAsync(
            "/topics/%24aws%2Fthings%2Fdev7%2Fjobs%2Fx%2Fnonsense", new StringContent("""{"clientToken":"t"}"""), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = JsonDocument.Parse((await listener.NextPublish()).Payload);
        Assert.Equal(("InvalidTopic", "t"), (json.RootElement.GetProperty("code").GetString(), json.RootElement.GetProperty("clientToken").GetString()));
    }

    private static HttpClient Https(TestServer server, Registrar registrar, TestDevice? device)
    {
        var handler = new SocketsHttpHandler { SslOptions = registrar.ClientTls(device) };
        return new HttpClient(handler) { BaseAddress = new Uri($"https://localhost:{server.Endpoints.HttpsPort}") };
    }

    private static async Task<RawClient> Subscriber(TestServer server, Registrar registrar, TestDevice device, string filter)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Endpoints.MqttPort, TestContext.Current.CancellationToken);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(registrar.ClientTls(device), TestContext.Current.CancellationToken);
        var client = RawClient.On(tls);
        await client.Connect("listener");
        Assert.Equal(ReasonCode.Success, await client.Subscribe(filter, QoS.AtMostOnce));
        return client;
    }

    private static async Task<string> Refused(HttpResponseMessage answer, HttpStatusCode status, string exception)
    {
        Assert.Equal((status, exception), (answer.StatusCode, answer.Headers.GetValues("x-amzn-ErrorType").Single()));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return json.RootElement.GetProperty("message").GetString()!;
    }
}
