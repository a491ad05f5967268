using System.Text.Json;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Things;

/// <summary>Names and values that reach for the file system or the SQL, through the real door: kept as data or refused, never run.</summary>
public sealed class HostileNamesTests : IAsyncLifetime
{
    private static readonly string[] Texts =
    [
        "../../etc/passwd", "..%2f..%2fetc", "/etc/passwd", "..", "a/../../b", "C:\\x", "con", "a\0b", "\u202Egpj.exe", "a\nb", "a\r\nX: y",
        "'", "''", "' OR '1'='1", "x'); DROP TABLE thing; --", "\" OR 1=1", "%", "_", "%%", "a%", "\\", "@account", ":name", "?", "NULL", "🦤", "é", "名",
        new string('x', 128), new string('x', 129), new string('x', 4096), "${iot:ClientId}", "{0}", "<script>", "a;b", "*", "#", "+",
    ];

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_name_is_a_thing_or_a_400_and_no_file()
    {
        using var iot = _server.Client("iot");
        var before = Files();
        foreach (var text in Texts)
        {
            // A path of dots alone never leaves a client whole; it is another path, not a name.
            var path = "/things/" + Uri.EscapeDataString(text).Replace(".", "%2E", StringComparison.Ordinal);
            var made = await iot.Send("POST", path, "{}");
            Assert.True(made.Status is 200 or 400, $"{text}: {made.Status} {made.Text}");
            Assert.Equal(IsName(text), made.Status == 200);
            // A NUL in a path never gets past the HTTP parser.
            if (made.Status == 400 && !text.Contains('\0'))
                Assert.Equal("InvalidRequestException", made.Exception);
            else if (made.Status == 200)
                Assert.Equal(text, (await iot.Get(path)).Json.GetProperty("thingName").GetString());
        }
        var names = (await iot.Get("/things")).Json.GetProperty("things").EnumerateArray().Select(thing => thing.GetProperty("thingName").GetString());
        Assert.Equal(Texts.Where(IsName).Order(StringComparer.Ordinal), names);
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task A_value_is_kept_to_the_letter_or_refused()
    {
        using var iot = _server.Client("iot");
        Assert.Equal(200, (await iot.Send("POST", "/thing-groups/line", "{}")).Status);
        var arn = $"arn:aws:iot:us-east-1:{TestServer.Key.Account}:thinggroup/line";
        foreach (var text in Texts)
        {
            var put = await iot.Send("POST", "/tags", JsonSerializer.Serialize(new { resourceArn = arn, tags = new[] { new { Key = "k", Value = text } } }));
            Assert.True(put.Status is 200 or 400, $"{text}: {put.Status} {put.Text}");
            var kept = (await iot.Get("/tags?resourceArn=" + Uri.EscapeDataString(arn))).Json.GetProperty("tags");
            if (put.Status == 200)
                Assert.Equal(text, kept[0].GetProperty("Value").GetString());
            else
                Assert.NotEqual(text, kept.GetArrayLength() > 0 ? kept[0].GetProperty("Value").GetString() : null);
        }
        var things = await _server.Get<Database>().Read(s => s.First<long>("SELECT COUNT(*) FROM thing"), TestContext.Current.CancellationToken);
        var tags = await _server.Get<Database>().Read(s => s.First<long>("SELECT COUNT(*) FROM resource_tag"), TestContext.Current.CancellationToken);
        Assert.Equal((0, 1), (things, tags));
    }

    [Fact]
    public async Task Filters_and_tokens_find_nothing_that_is_not_theirs()
    {
        using var iot = _server.Client("iot");
        await iot.Send("POST", "/things/dev7", """{"attributePayload":{"attributes":{"site":"north"}}}""");
        foreach (var text in Texts)
        {
            var escaped = Uri.EscapeDataString(text);
            foreach (var query in (string[])[$"attributeName=site&attributeValue={escaped}", $"attributeName={escaped}", $"thingTypeName={escaped}", $"nextToken={escaped}"])
            {
                var answer = await iot.Get("/things?" + query);
                Assert.True(answer.Status == 400 || answer.Json.GetProperty("things").GetArrayLength() == 0, $"{query}: {answer.Status} {answer.Text}");
            }
            Assert.True((await iot.Get($"/things?attributeName=site&attributeValue={escaped}&usePrefixAttributeValue=true")).Status is 200 or 400);
        }
        using var other = _server.Client("iot", TestServer.OtherKey);
        Assert.Equal(0, (await other.Get("/things?attributeName=site")).Json.GetProperty("things").GetArrayLength());
    }

    private static bool IsName(string text) =>
        text.Length is >= 1 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '_' or '-');

    private List<string> Files() =>
        [.. Directory.EnumerateFileSystemEntries(_server.Folder, "*", SearchOption.AllDirectories).Where(path => !path.Contains("godwit.db", StringComparison.Ordinal)).Order()];
}
