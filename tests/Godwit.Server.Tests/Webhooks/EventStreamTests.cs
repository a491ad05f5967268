using Godwit.Server.Tests.DevicePlane;

namespace Godwit.Server.Tests.Webhooks;

public sealed class EventStreamTests(AcceptanceFleet fleet) : IClassFixture<AcceptanceFleet>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_listener_hears_of_updates_executions_and_presence_as_they_come_and_goes_on_from_its_last_event()
    {
        using var stream = await Listen("/godwit/events");
        await stream.Event();
        await using var device = await fleet.Register("sse1");
        var order = await fleet.CreateUpdate("sse1", TestObjects.Image(1000));
        await device.Connect();
        await device.Ask($"{device.T}/start-next", "{}");

        var heard = new List<(string? Id, string? Kind, string Data)>();
        while (!heard.Exists(one => one.Kind == "execution" && one.Data.Contains("\"to\":\"IN_PROGRESS\"", StringComparison.Ordinal)))
            heard.Add(await stream.Event());
        Assert.Contains(heard, one => one.Kind == "update" && one.Data.Contains($"\"otaUpdateId\":\"{order.OtaUpdateId}\"", StringComparison.Ordinal) && one.Data.Contains("CREATE_COMPLETE", StringComparison.Ordinal));
        Assert.Contains(heard, one => one.Kind == "presence" && one.Id is null && one.Data.Contains("\"thingName\":\"sse1\"", StringComparison.Ordinal) && one.Data.Contains("\"to\":\"CONNECTED\"", StringComparison.Ordinal));
        var queued = heard.Single(one => one.Kind == "execution" && one.Data.Contains("\"to\":\"QUEUED\"", StringComparison.Ordinal));

        using var again = await Listen("/godwit/events?kinds=execution", queued.Id);
        await again.Event();
        Assert.Contains("\"to\":\"IN_PROGRESS\"", (await again.Event()).Data, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/godwit/events?kinds=weather", null)]
    [InlineData("/godwit/events", "yesterday")]
    [InlineData("/godwit/events?after=-1", null)]
    public async Task What_cannot_be_listened_to_is_refused(string path, string? last)
    {
        using var client = fleet.Server.Client("iot");
        var answer = await client.Send("GET", path, null, last is null ? [] : [new("Last-Event-ID", last)]);
        Assert.Equal((400, "InvalidRequestException"), (answer.Status, answer.Exception));
    }

    private static async Task<Stream> Listen(TestServer server, string path, string? last)
    {
        using var signer = server.Client("iot");
        var signed = signer.Sign("GET", path, null, last is null ? [] : [new("Last-Event-ID", last)]);
        var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, path));
        foreach (var (name, value) in signed.Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.ToString());
        return await answer.Content.ReadAsStreamAsync(Ct);
    }

    private async Task<Listener> Listen(string path, string? last = null) => new(await Listen(fleet.Server, path, last));

    private sealed class Listener(Stream stream) : IDisposable
    {
        private readonly StreamReader _reader = new(stream);

        /// <summary>The next event; the greeting has no kind.</summary>
        public async Task<(string? Id, string? Kind, string Data)> Event()
        {
            string? id = null, kind = null;
            var data = "";
            while (await _reader.ReadLineAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Ct) is { Length: > 0 } line)
            {
                if (line.StartsWith("id: ", StringComparison.Ordinal))
                    id = line[4..];
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                    kind = line[7..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                    data = line[6..];
            }
            return (id, kind, data);
        }

        public void Dispose() => _reader.Dispose();
    }
}
