using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Http.Binding;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A25: text that means something to a database, a pattern, a terminal or a decoder. It is stored or refused as data, and never a fault.</summary>
public sealed class HostileTextTests(ServerFixture fixture) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private const string Witness = "/things/witness";

    private readonly TestServer _server = fixture.Server;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var iot = _server.Client("iot");
        Assert.Equal(200, (await iot.Send("POST", Witness, """{"attributePayload":{"attributes":{"a":"b"}}}""")).Status);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static TheoryData<string> Texts =>
    [
        "'; DROP TABLE thing; --", "\" OR 1=1 --", "x' UNION SELECT secret FROM access_key --", "%", "_%\\", "@account", "$1", "a\0b", "\U0001F9A4", "\u202Egnp.exe", "\\uD800",
        "${aws:username}", "{{7*7}}", "%00", "\r\nX-Injected: 1", "../../etc/passwd",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A25_every_field_of_every_operation_takes_it_for_data(string text)
    {
        var before = await Tables();
        var sent = 0;
        foreach (var service in ServiceCatalog.All)
        {
            using var client = _server.ClientOf(service, TestServer.Key);
            foreach (var operation in service.Operations)
            {
                foreach (var members in Hostile(operation, text))
                    sent += await Send(client, operation, members);
            }
        }
        Assert.True(sent > 150, $"only {sent} requests");
        Assert.Equal(before, await Tables());
        using var iot = _server.Client("iot");
        Assert.Equal("b", (await iot.Get(Witness)).Json.GetProperty("attributes").GetProperty("a").GetString());
    }

    [Theory]
    [InlineData("'; DROP TABLE job; --")]
    [InlineData("100%_done")]
    [InlineData("\U0001F9A4 \u202Egnp.exe \u0645\u0631\u062D\u0628\u0627")]
    public async Task A25_what_is_taken_comes_back_as_it_was(string text)
    {
        using var iot = _server.Client("iot");
        using var s3 = _server.Client("s3");
        var document = JsonSerializer.Serialize(new { text });
        var made = await iot.Send("PUT", $"/jobs/hostile{text.Length}", JsonSerializer.Serialize(new { targets = new[] { "arn:aws:iot:us-east-1:000000000000:thing/witness" }, document }));
        Assert.True(made.Status == 200, made.Text);
        Assert.Equal(text, JsonDocument.Parse((await iot.Get($"/jobs/hostile{text.Length}/job-document")).Json.GetProperty("document").GetString()!).RootElement.GetProperty("text").GetString());

        await s3.Send("PUT", "/hostile-text");
        var key = Uri.EscapeDataString(text);
        Assert.Equal(200, (await s3.Send("PUT", $"/hostile-text/{key}", "1"u8.ToArray())).Status);
        Assert.Equal("1", (await s3.Get($"/hostile-text/{key}")).Text);
    }

    [Fact]
    public async Task A25_wildcards_of_the_database_are_none_in_prefixes_and_filters()
    {
        using var iot = _server.Client("iot");
        using var s3 = _server.Client("s3");
        await s3.Send("PUT", "/wildcards");
        foreach (var key in (string[])["a%b", "axb", "a_b", "ayb/c"])
            await s3.Send("PUT", $"/wildcards/{Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal)}", "1"u8.ToArray());
        foreach (var (prefix, only) in ((string, string)[])[("a%25", "a%b"), ("a_", "a_b")])
        {
            var listed = (await s3.Get($"/wildcards?list-type=2&prefix={prefix}")).Text;
            Assert.Equal(2, listed.Split("<Key>").Length);
            Assert.Contains($"<Key>{only}</Key>", listed, StringComparison.Ordinal);
        }
        foreach (var query in (string[])["attributeName=a&attributeValue=%25", "attributeName=_&attributeValue=b", "thingTypeName=%25", "attributeName=a&attributeValue=%25&usePrefixAttributeValue=true"])
        {
            var answer = await iot.Get("/things?" + query);
            Assert.True(answer.Status == 400 || answer.Json.GetProperty("things").GetArrayLength() == 0, $"{query}: {answer.Text}");
        }
    }

    /// <summary>Answers 0 for what HTTP cannot carry.</summary>
    private static async Task<int> Send(SignedClient client, OperationModel operation, JsonObject members)
    {
        var (path, body, headers) = ModelCases.ToHttp(operation, members);
        if (headers.Any(header => header.Value.Any(c => c is < ' ' or > '~')))
            return 0;
        if (operation.Service == "acm")
            headers = [new("X-Amz-Target", $"CertificateManager.{operation.Name}"), new("Content-Type", JsonTargetDoor.ContentType)];
        // A lone surrogate has no bytes of its own: only JSON can write it.
        var bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace("\\\\uD800", "\\uD800", StringComparison.Ordinal));
        var answer = await client.Send(operation.Method, path, bytes.Length > 0 ? bytes : null, headers);
        Assert.True(answer.Status < 500, $"{operation.Service}.{operation.Name} {path} {Encoding.UTF8.GetString(bytes)}: {answer.Status} {answer.Text}");
        Assert.False(answer.Headers.Contains("X-Injected"), operation.Name);
        return 1;
    }

    /// <summary>One request for each field that the model lets hold this text.</summary>
    private static IEnumerable<JsonObject> Hostile(OperationModel operation, string text)
    {
        if (operation.Input is not { } input)
            yield break;
        var places = new List<Func<JsonObject, Action<JsonNode>>>();
        Walk(input, root => root, text, places);
        foreach (var place in places)
        {
            var members = ModelCases.Valid(operation);
            place(members)(JsonValue.Create(text));
            yield return members;
        }
    }

    /// <summary>The fields that no pattern and no list of values keeps from holding the text.</summary>
    private static void Walk(Shape shape, Func<JsonObject, JsonNode> at, string text, List<Func<JsonObject, Action<JsonNode>>> places)
    {
        foreach (var member in shape.Members)
        {
            var name = member.Location == MemberLocation.Body ? member.WireName : member.Name;
            Under(member.Shape, root => at(root)[name]!, root => next => at(root)[name] = next);
        }

        void Under(Shape below, Func<JsonObject, JsonNode> find, Func<JsonObject, Action<JsonNode>> set)
        {
            switch (below.Kind)
            {
                case ShapeKind.Structure:
                    Walk(below, find, text, places);
                    break;
                case ShapeKind.List:
                    Under(below.Element!, root => find(root)[0]!, root => next => ((JsonArray)find(root))[0] = next);
                    break;
                case ShapeKind.Map:
                    Under(below.Element!, root => ((JsonObject)find(root)).First().Value!, root => next => ((JsonObject)find(root))[((JsonObject)find(root)).First().Key] = next);
                    break;
                case ShapeKind.String when below.Enum is null && below.Pattern?.IsMatch(text) != false:
                    places.Add(set);
                    break;
            }
        }
    }

    private async Task<string> Tables() => string.Join(',', await _server.Get<Database>().Read(s => TestStorage.Server is null
        ? s.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        : s.Query<string>("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name"), Ct));
}
