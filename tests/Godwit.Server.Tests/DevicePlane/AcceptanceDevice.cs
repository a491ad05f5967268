using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Godwit.Server.Tls;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Godwit.Server.Tests.DevicePlane;

/// <summary>One thing's connection by MQTTnet over mutual TLS, with the messages that came on it.</summary>
public sealed class AcceptanceDevice(TestServer server, string thing, X509Certificate2 identity) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Channel<Arrived> _inbox = Channel.CreateUnbounded<Arrived>();
    private IMqttClient? _client;

    /// <summary>The thing's own jobs topics.</summary>
    public string T => $"$aws/things/{thing}/jobs";

    public string Thing => thing;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private IMqttClient Client => _client ?? throw new InvalidOperationException($"{thing} is not connected.");

    /// <summary>The topics of one stream of the thing.</summary>
    public string X(string stream) => $"$aws/things/{thing}/streams/{stream}";

    /// <summary>A clean session, as agents have one; after a restart of either side, a new one.</summary>
    public async Task<AcceptanceDevice> Connect()
    {
        _client?.Dispose();
        var client = _client = new MqttClientFactory().CreateMqttClient();
        client.ApplicationMessageReceivedAsync += arrived =>
        {
            _inbox.Writer.TryWrite(new Arrived(arrived.ApplicationMessage.Topic, arrived.ApplicationMessage.Payload.ToArray()));
            return Task.CompletedTask;
        };
        await client.ConnectAsync(
            new MqttClientOptionsBuilder()
                .WithTcpServer("localhost", server.Endpoints.MqttPort)
                .WithClientId(thing)
                .WithProtocolVersion(MqttProtocolVersion.V311)
                .WithCredentials("?SDK=MqttNet&Version=5.2")
                .WithTlsOptions(tls => tls
                    .UseTls()
                    .WithClientCertificates([identity])
                    .WithTrustChain([server.Get<CertificateAuthority>().Certificate])
                    .WithRevocationMode(X509RevocationMode.NoCheck))
                .Build(),
            Ct);
        return this;
    }

    public Task Subscribe(string filter, MqttQualityOfServiceLevel qos = MqttQualityOfServiceLevel.AtLeastOnce) => Client.SubscribeAsync(filter, qos, Ct);

    public Task Publish(string topic, string payload) => Publish(topic, Encoding.UTF8.GetBytes(payload));

    public Task Publish(string topic, byte[] payload) => Client.PublishBinaryAsync(topic, payload, cancellationToken: Ct);

    /// <summary>The next message, whose topic must be this one.</summary>
    public async Task<byte[]> Next(string topic)
    {
        var message = await Take($"a message on {topic}");
        Assert.Equal(topic, message.Topic);
        return message.Payload;
    }

    /// <summary>The topic of the next message.</summary>
    public async Task<string> NextTopic() => (await Take("any message")).Topic;

    public async Task<string> NextText(string topic) => Encoding.UTF8.GetString(await Next(topic));

    public async Task<JsonElement> NextJson(string topic) => JsonDocument.Parse(await Next(topic)).RootElement;

    /// <summary>Publishes a request and takes its answer.</summary>
    public async Task<JsonElement> Ask(string topic, string payload, string answer = "accepted")
    {
        await Publish(topic, payload);
        return await NextJson($"{topic}/{answer}");
    }

    /// <summary>All that the service had to say so far has come, and it was nothing more.</summary>
    public async Task NothingMore()
    {
        // The answer to PINGREQ comes behind everything that was sent before it.
        await Client.PingAsync(Ct);
        Assert.False(_inbox.Reader.TryRead(out var more), $"{more.Topic} came unasked.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is { IsConnected: true })
            await _client.DisconnectAsync(cancellationToken: CancellationToken.None);
        _client?.Dispose();
        identity.Dispose();
    }

    private async Task<Arrived> Take(string what)
    {
        try
        {
            return await _inbox.Reader.ReadAsync(Ct).AsTask().WaitAsync(Patience, Ct);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{thing} waited for {what} and none came within {Patience.TotalSeconds} s.");
        }
    }

    private readonly record struct Arrived(string Topic, byte[] Payload);
}
