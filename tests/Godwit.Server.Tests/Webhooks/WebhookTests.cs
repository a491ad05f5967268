using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Godwit.Core.Webhooks;
using Godwit.Server.Placement;

namespace Godwit.Server.Tests.Webhooks;

public sealed class WebhookTests : IAsyncLifetime
{
    private readonly Receiver _receiver = new();
    private TestServer _server = null!;
    private SignedClient _iot = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start(configure: options => options with { WebhookTargets = ["127.0.0.1"] });
        _iot = _server.Client("iot");
    }

    public async ValueTask DisposeAsync()
    {
        _iot.Dispose();
        await _server.DisposeAsync();
        _receiver.Dispose();
    }

    [Fact]
    public async Task A_webhook_is_told_in_order_signed_and_only_what_it_asked_for()
    {
        var secret = await Create("all", "execution", "job");
        await MakeJob("w1");

        var told = new List<string>();
        while (!told.Contains("execution:QUEUED"))
        {
            var delivery = await _receiver.Next();
            var signature = delivery.Signature.Split(',');
            var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(signature[0][2..]));
            Assert.Equal(WebhookSignature.Of(secret, at, delivery.Body), delivery.Signature);
            told.AddRange(delivery.Json.GetProperty("events").EnumerateArray().Select(one => $"{one.GetProperty("kind").GetString()}:{one.GetProperty("to").GetString()}"));
        }
        Assert.Equal(["job:IN_PROGRESS", "execution:QUEUED"], told);
        var listed = (await _iot.Get("/godwit/webhooks")).Json.GetProperty("webhooks")[0];
        Assert.Equal(("all", "ACTIVE"), (listed.GetProperty("webhookId").GetString(), listed.GetProperty("status").GetString()));
        Assert.False(listed.TryGetProperty("secret", out _));
    }

    [Fact]
    public async Task What_was_not_taken_is_told_again_and_a_replay_begins_where_it_is_told_to()
    {
        _receiver.Status = 500;
        await Create("again", "job");
        await MakeJob("w2");
        var refused = await _receiver.Next();
        JsonElement listed;
        do
            listed = (await _iot.Get("/godwit/webhooks")).Json.GetProperty("webhooks")[0];
        while (listed.GetProperty("failures").GetInt32() == 0);
        Assert.Equal("it answered 500", listed.GetProperty("lastError").GetString());

        _receiver.Status = 204;
        Assert.Equal(200, (await _iot.Send("POST", "/godwit/webhooks/again/replay", "")).Status);
        var taken = await _receiver.Next();
        Assert.Equal(refused.Json.GetProperty("events").ToString(), taken.Json.GetProperty("events").ToString());

        Assert.Equal(200, (await _iot.Send("POST", "/godwit/webhooks/again/replay", """{"after":0}""")).Status);
        Assert.Equal(taken.Json.GetProperty("events")[0].GetProperty("id").GetInt64(), (await _receiver.Next()).Json.GetProperty("events")[0].GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task What_came_while_the_service_was_down_is_told_after_the_restart()
    {
        _receiver.Status = 500;
        await Create("down", "job");
        await MakeJob("w3");
        var before = await _receiver.Next();
        await _server.Restart(options => options with { WebhookTargets = ["127.0.0.1"] });
        _iot.Dispose();
        _iot = _server.Client("iot");
        _receiver.Status = 200;
        await _iot.Send("POST", "/godwit/webhooks/down/replay", "");
        Assert.Equal(before.Json.GetProperty("events").ToString(), (await _receiver.Next()).Json.GetProperty("events").ToString());
    }

    [Fact]
    public async Task A_name_that_leads_inside_is_refused_when_it_is_connected_to()
    {
        await _server.Restart(options => options with { WebhookTargets = [] });
        _iot.Dispose();
        _iot = _server.Client("iot");
        Assert.Equal(200, (await _iot.Send("POST", "/godwit/webhooks", $$"""{"webhookId":"in","url":"https://localhost:{{_receiver.Port}}/"}""")).Status);
        await MakeJob("w4");
        string? error = null;
        while (error is null)
            error = (await _iot.Get("/godwit/webhooks")).Json.GetProperty("webhooks")[0].TryGetProperty("lastError", out var told) ? told.GetString() : null;
        Assert.Contains("localhost leads to no address that webhooks may go to", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"webhookId":"x","url":"https://169.254.169.254/latest/meta-data"}""", 400)]
    [InlineData("""{"webhookId":"x","url":"http://hooks.example/"}""", 400)]
    [InlineData("""{"webhookId":"../x","url":"https://hooks.example/"}""", 400)]
    [InlineData("""{"webhookId":"x","url":"https://hooks.example/","kinds":["weather"]}""", 400)]
    [InlineData("""{"webhookId":"x"}""", 400)]
    [InlineData("""[""", 400)]
    public async Task What_cannot_be_a_webhook_is_refused(string body, int status) => Assert.Equal(status, (await _iot.Send("POST", "/godwit/webhooks", body)).Status);

    [Fact]
    public async Task Who_comes_and_leaves_is_told_in_paced_deliveries_of_the_newest_change_of_each()
    {
        await Create("seen", "presence", "job");
        var feed = _server.Get<ConnectionFeed>();
        var at = DateTimeOffset.UtcNow;
        feed.Tell(new ClientConnection("000000000000", "dev1", true, at, null));
        var first = (await _receiver.Next()).Json.GetProperty("events");
        Assert.Equal(("presence", "dev1", "CONNECTED"), (first[0].GetProperty("kind").GetString(), first[0].GetProperty("thingName").GetString(), first[0].GetProperty("to").GetString()));
        Assert.False(first[0].TryGetProperty("id", out _));

        // Within the pace everything gathers: of each client the newest only, in the order in which they changed.
        feed.Tell(new ClientConnection("000000000000", "dev1", false, at.AddSeconds(1), "CONNECTION_LOST"));
        feed.Tell(new ClientConnection("000000000000", "dev2", true, at.AddSeconds(2), null));
        feed.Tell(new ClientConnection("000000000000", "dev1", true, at.AddSeconds(3), null));
        feed.Tell(new ClientConnection("123456789012", "other", true, at, null));
        var told = (await _receiver.Next()).Json.GetProperty("events").EnumerateArray().Select(one => $"{one.GetProperty("thingName").GetString()} {one.GetProperty("to").GetString()}");
        Assert.Equal(["dev2 CONNECTED", "dev1 CONNECTED"], told);
        Assert.Equal(0, (await _iot.Get("/godwit/webhooks/seen")).Json.GetProperty("failures").GetInt32());
    }

    [Fact]
    public async Task Presence_that_was_not_taken_is_told_again()
    {
        _receiver.Status = 500;
        await Create("later", "presence");
        _server.Get<ConnectionFeed>().Tell(new ClientConnection("000000000000", "dev1", false, DateTimeOffset.UtcNow, "CONNECTION_LOST"));
        var refused = (await _receiver.Next()).Json.GetProperty("events")[0];
        while ((await _iot.Get("/godwit/webhooks/later")).Json.GetProperty("failures").GetInt32() == 0)
        {
        }
        _receiver.Status = 200;
        await _iot.Send("POST", "/godwit/webhooks/later/replay", "");
        var taken = (await _receiver.Next()).Json.GetProperty("events")[0];
        Assert.Equal(refused.ToString(), taken.ToString());
        Assert.Equal("CONNECTION_LOST", taken.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_test_says_how_the_other_side_answers_and_deliveries_are_remembered()
    {
        var secret = await Create("tried", "job");
        _receiver.Status = 503;
        var failed = await _iot.Send("POST", "/godwit/webhooks/tried/test", "");
        Assert.Equal((200, false, "it answered 503"), (failed.Status, failed.Json.GetProperty("taken").GetBoolean(), failed.Json.GetProperty("error").GetString()));
        var sent = await _receiver.Next();
        Assert.Equal("test", sent.Json.GetProperty("events")[0].GetProperty("kind").GetString());
        Assert.Equal(WebhookSignature.Of(secret, DateTimeOffset.FromUnixTimeSeconds(long.Parse(sent.Signature.Split(',')[0][2..])), sent.Body), sent.Signature);
        _receiver.Status = 200;
        Assert.True((await _iot.Send("POST", "/godwit/webhooks/tried/test", "")).Json.GetProperty("taken").GetBoolean());

        var described = (await _iot.Get("/godwit/webhooks/tried")).Json;
        Assert.Equal(("ACTIVE", 0), (described.GetProperty("status").GetString(), described.GetProperty("failures").GetInt32()));
        var deliveries = (await _iot.Get("/godwit/webhooks/tried/deliveries")).Json.GetProperty("deliveries");
        Assert.Equal([true, false], deliveries.EnumerateArray().Select(one => one.GetProperty("taken").GetBoolean()));
        foreach (var path in new[] { "/godwit/webhooks/none", "/godwit/webhooks/none/deliveries" })
            Assert.Equal(404, (await _iot.Send("GET", path)).Status);
        Assert.Equal(404, (await _iot.Send("POST", "/godwit/webhooks/none/test", "")).Status);
    }

    [Fact]
    public async Task The_last_fifty_deliveries_are_known_after_a_restart_and_go_with_their_webhook()
    {
        await Create("kept", "job");
        _receiver.Status = 503;
        Assert.Equal(200, (await _iot.Send("POST", "/godwit/webhooks/kept/test", "")).Status);
        _receiver.Status = 200;
        for (var i = 0; i < 50; i++)
            Assert.Equal(200, (await _iot.Send("POST", "/godwit/webhooks/kept/test", "")).Status);
        await _server.Restart(options => options with { WebhookTargets = ["127.0.0.1"] });
        using var again = _server.Client("iot");
        var kept = (await again.Get("/godwit/webhooks/kept/deliveries")).Json.GetProperty("deliveries").EnumerateArray().ToList();
        // The refused one was the first, and the fifty behind it have pushed it out.
        Assert.Equal(50, kept.Count);
        Assert.All(kept, one => Assert.True(one.GetProperty("taken").GetBoolean()));
        Assert.Equal("test", kept[0].GetProperty("kinds")[0].GetString());
        Assert.Equal(kept.Select(one => one.GetProperty("at").GetDouble()).OrderDescending(), kept.Select(one => one.GetProperty("at").GetDouble()));
        Assert.Equal(200, (await again.Send("DELETE", "/godwit/webhooks/kept")).Status);
        Assert.Equal(200, (await again.Send("POST", "/godwit/webhooks", $$"""{"webhookId":"kept","url":"{{_receiver.Url}}"}""")).Status);
        Assert.Equal(0, (await again.Get("/godwit/webhooks/kept/deliveries")).Json.GetProperty("deliveries").GetArrayLength());
    }

    [Fact]
    public async Task A_webhook_belongs_to_its_account_and_can_be_taken_away()
    {
        await Create("mine", "job");
        using var other = _server.Client("iot", TestServer.OtherKey);
        Assert.Equal(0, (await other.Get("/godwit/webhooks")).Json.GetProperty("webhooks").GetArrayLength());
        Assert.Equal(404, (await other.Send("DELETE", "/godwit/webhooks/mine")).Status);
        Assert.Equal(409, (await _iot.Send("POST", "/godwit/webhooks", $$"""{"webhookId":"mine","url":"{{_receiver.Url}}"}""")).Status);
        Assert.Equal(200, (await _iot.Send("DELETE", "/godwit/webhooks/mine")).Status);
        Assert.Equal(404, (await _iot.Send("POST", "/godwit/webhooks/mine/replay", "")).Status);
    }

    private async Task<string> Create(string id, params string[] kinds)
    {
        var created = await _iot.Send("POST", "/godwit/webhooks", JsonSerializer.Serialize(new { webhookId = id, url = _receiver.Url, kinds }));
        Assert.Equal(200, created.Status);
        return created.Json.GetProperty("secret").GetString()!;
    }

    private async Task MakeJob(string id)
    {
        Assert.Equal(200, (await _iot.Send("POST", $"/things/{id}", "{}")).Status);
        Assert.Equal(200, (await _iot.Send("PUT", $"/jobs/{id}", $$"""{"targets":["arn:aws:iot:us-east-1:000000000000:thing/{{id}}"],"document":"{}"}""")).Status);
    }

    private sealed record Received(string Signature, byte[] Body)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement;
    }

    /// <summary>Somebody else's server: one request a connection, by hand.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Channel<Received> _inbox = Channel.CreateUnbounded<Received>();

        public Receiver()
        {
            _listener.Start();
            _ = Accept();
        }

        public volatile int Status = 200;

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public string Url => $"http://127.0.0.1:{Port}/hook";

        public async Task<Received> Next() => await _inbox.Reader.ReadAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Ct);

        public void Dispose() => _listener.Dispose();

        private async Task Accept()
        {
            try
            {
                while (true)
                    _ = Serve(await _listener.AcceptTcpClientAsync());
            }
            catch (Exception over) when (over is ObjectDisposedException or SocketException)
            {
                // The test is over.
            }
        }

        private async Task Serve(TcpClient client)
        {
            using (client)
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
                var (length, signature) = (0, "");
                while (await reader.ReadLineAsync() is { Length: > 0 } line)
                {
                    if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                        length = int.Parse(line[15..]);
                    if (line.StartsWith("Godwit-Signature:", StringComparison.OrdinalIgnoreCase))
                        signature = line[17..].Trim();
                }
                var body = new char[length];
                await reader.ReadBlockAsync(body);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {Status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
                if (length > 0)
                    _inbox.Writer.TryWrite(new Received(signature, Encoding.Latin1.GetBytes(body)));
            }
        }
    }
}
