using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using Godwit.Core.Access;
using Godwit.Fleet.Operator;
using Godwit.Server.Mqtt;

namespace Godwit.Server.Tests;

/// <summary>Makes the table of <c>docs/topics.md</c>: every request topic that is served is asked, well and badly, and the topics that answers come on are written down.</summary>
public sealed class TopicsPageTests
{
    private const string Thing = "dev7", Update = "rel42";

    private static readonly string Page = Path.Combine(HouseRules.Root(), "docs", "topics.md");

    private static readonly Caller Device = new("000000000000", "us-east-1", "arn:aws:iot:us-east-1:000000000000:cert/0", "", new string('0', 64));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_has_every_request_topic_with_the_topics_that_answers_come_on()
    {
        await using var server = await TestServer.Start();
        var streamId = await MakeUpdate(server);
        var table = new StringBuilder("| a device publishes on | answers come on |\n|---|---|\n");
        var routes = server.Get<TopicTable>();
        foreach (var shape in routes.RequestTopics.Order(StringComparer.Ordinal))
        {
            var topic = shape.Replace("{thing}", Thing, StringComparison.Ordinal).Replace("{jobId}", "AFR_OTA-" + Update, StringComparison.Ordinal)
                .Replace("{streamId}", streamId, StringComparison.Ordinal).Replace("{templateName}", "none", StringComparison.Ordinal);
            var route = routes.Find(topic);
            Assert.Equal(TopicKind.Request, route.Kind);
            var answers = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var payload in Payloads(topic))
            {
                var request = new Asked(answers) { Caller = Device, Thing = Thing, Topic = topic, Rest = route.Rest, Payload = payload };
                await route.Service!.Handle(request, Ct);
            }
            Assert.True(answers.Count >= 2, $"{topic}: one answer for what is good and one for what is not; there were {string.Join(", ", answers)}");
            var start = shape[..shape.IndexOf(route.Service!.Area, StringComparison.Ordinal)];
            table.Append($"| `{shape}` | {string.Join(", ", answers.Select(answer => $"`{Shown(answer, shape, start, streamId)}`"))} |\n");
        }

        var page = await File.ReadAllTextAsync(Page, Ct);
        const string begin = "<!-- made from the code -->\n", end = "<!-- end -->";
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, page.IndexOf(end, StringComparison.Ordinal));
        var made = page[..from] + table + page[to..];
        if (made != page && Environment.GetEnvironmentVariable("GODWIT_WRITE_PAGES") is { Length: > 0 })
            await File.WriteAllTextAsync(Page, made, Ct);
        else
            Assert.True(made == page, "docs/topics.md is not what the service does. Run this test with GODWIT_WRITE_PAGES=1, and commit the page.");
    }

    /// <summary>The answer's topic: what comes behind the request's own, or with its placeholders.</summary>
    private static string Shown(string answer, string shape, string start, string streamId)
    {
        var filled = answer.Replace("/" + Thing + "/", "/{thing}/", StringComparison.Ordinal).Replace("AFR_OTA-" + Update, "{jobId}", StringComparison.Ordinal)
            .Replace(streamId, "{streamId}", StringComparison.Ordinal).Replace("/none/", "/{templateName}/", StringComparison.Ordinal);
        Assert.StartsWith(start, filled, StringComparison.Ordinal);
        return filled.StartsWith(shape, StringComparison.Ordinal) ? "…" + filled[shape.Length..] : filled;
    }

    private static IEnumerable<byte[]> Payloads(string topic)
    {
        yield return [0xFF];
        if (topic.EndsWith("/cbor", StringComparison.Ordinal))
            yield return Cbor();
        else if (topic.EndsWith("/update", StringComparison.Ordinal))
            yield return """{"status":"IN_PROGRESS"}"""u8.ToArray();
        else
            yield return topic.Contains("/streams/", StringComparison.Ordinal) ? """{"f":0,"l":256,"o":0,"n":1}"""u8.ToArray() : "{}"u8.ToArray();
    }

    private static byte[] Cbor()
    {
        var writer = new CborWriter();
        writer.WriteStartMap(4);
        foreach (var (name, value) in new[] { ("f", 0), ("l", 256), ("o", 0), ("n", 1) })
        {
            writer.WriteTextString(name);
            writer.WriteInt32(value);
        }
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>An update with its stream and its job, so that there is something to ask for.</summary>
    private static async Task<string> MakeUpdate(TestServer server)
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var aws = new AwsClient(server.Address, TestServer.Key.Id, TestServer.Key.Secret, "us-east-1", server.Time);
        var office = new FleetOperator(aws, signer, server.Time);
        await office.CreateBucket("firmware", Ct);
        await aws.Call("iot", HttpMethod.Post, $"/things/{Thing}", [], Ct);
        byte[] image = new byte[1000];
        await office.CreateUpdate(
            new UpdateOrder
            {
                OtaUpdateId = Update, TargetArn = $"arn:aws:iot:us-east-1:000000000000:thing/{Thing}", Image = image, Bucket = "firmware", Key = "app.bin",
                ObjectVersion = await office.Upload("firmware", "app.bin", image, Ct), Protocols = ["MQTT"],
            },
            Ct);
        await office.AwaitCreated(Update, Ct);
        // The rollout comes to the thing a moment later.
        for (var looks = 0; (await aws.Call("iot", HttpMethod.Get, $"/things/{Thing}/jobs", null, Ct))["executionSummaries"]!.AsArray().Count == 0; looks++)
            Assert.True(looks < 5000);
        return (await aws.Call("iot", HttpMethod.Get, "/streams", null, Ct))["streams"]![0]!["streamId"]!.GetValue<string>();
    }

    private sealed class Asked(SortedSet<string> answers) : TopicRequest
    {
        public override bool Awaits(string topic)
        {
            answers.Add(topic);
            return true;
        }

        public override void Reply(string topic, ReadOnlyMemory<byte> payload) => answers.Add(topic);

        public override ValueTask ReplyBlock(
            string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct)
        {
            answers.Add(topic);
            lease?.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
