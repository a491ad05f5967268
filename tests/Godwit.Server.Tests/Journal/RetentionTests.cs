using Godwit.Server.Jobs;
using Godwit.Server.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Jobs;

namespace Godwit.Server.Tests.Journal;

public sealed class RetentionTests : IAsyncLifetime
{
    private readonly SetClock _time = new(TimeProvider.System);
    private TestServer _server = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start(_time, options => options with { KeepExecutionsDays = 30, KeepJournalDays = 60 });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Ended_executions_go_after_their_time_and_counters_stay()
    {
        using var iot = _server.Client("iot");
        await Finish(iot, "old");
        _time.By += TimeSpan.FromDays(20);
        await Finish(iot, "young");
        _time.By += TimeSpan.FromDays(15);

        await _server.Get<ExecutionRetention>().RemoveDue(Ct);

        Assert.Equal(0, (await iot.Get("/things/old/jobs")).Json.GetProperty("executionSummaries").GetArrayLength());
        Assert.Equal(1, (await iot.Get("/things/young/jobs")).Json.GetProperty("executionSummaries").GetArrayLength());
        Assert.Equal(1, (await iot.Get("/jobs/old")).Json.GetProperty("job").GetProperty("jobProcessDetails").GetProperty("numberOfCanceledThings").GetInt32());
        Assert.Empty(Check().Faults);
    }

    [Fact]
    public async Task The_journal_is_cut_from_its_beginning_and_its_chain_still_holds()
    {
        using var iot = _server.Client("iot");
        await Finish(iot, "past");
        var before = Check().Journal;
        _time.By += TimeSpan.FromDays(70);
        Assert.Equal(200, (await iot.Send("POST", "/things/now", "{}")).Status);
        await _server.Get<JournalRetention>().RemoveDue(Ct);

        var after = Check();
        Assert.Empty(after.Faults);
        Assert.InRange(after.Journal.Records, 1, before.Records - 1);
        Assert.Equal(0, await _server.Get<JournalRetention>().RemoveDue(Ct));
        Assert.Equal(200, (await iot.Send("POST", "/things/more", "{}")).Status);
        Assert.Null(Check().Journal.Break);
    }

    [Fact]
    public async Task What_is_changed_behind_the_cut_is_still_found()
    {
        using var iot = _server.Client("iot");
        await Finish(iot, "x");
        _time.By += TimeSpan.FromDays(70);
        for (var i = 0; i < 3; i++)
            Assert.Equal(200, (await iot.Send("POST", $"/things/y{i}", "{}")).Status);
        await _server.Get<JournalRetention>().RemoveDue(Ct);
        await _server.Get<Database>().Write(session => session.Execute("UPDATE journal SET who = 'nobody' WHERE subject = 'thing/y1'"), Ct);
        Assert.NotNull(Check().Journal.Break);
    }

    private DatabaseCheck.Findings Check() => DatabaseCheck.Run(TestStorage.DialectOf(_server.Folder));

    private static async Task Finish(SignedClient iot, string name)
    {
        Assert.Equal(200, (await iot.Send("POST", $"/things/{name}", "{}")).Status);
        Assert.Equal(200, (await iot.Send("PUT", $"/jobs/{name}", $$"""{"targets":["arn:aws:iot:us-east-1:000000000000:thing/{{name}}"],"document":"{}"}""")).Status);
        while ((await iot.Get($"/things/{name}/jobs")).Json.GetProperty("executionSummaries").GetArrayLength() == 0)
        {
            // Each look is a request; the runner works meanwhile.
        }
        Assert.Equal(200, (await iot.Send("PUT", $"/jobs/{name}/cancel", "{}")).Status);
        while ((await iot.Get($"/things/{name}/jobs")).Json.GetProperty("executionSummaries")[0].GetProperty("jobExecutionSummary").GetProperty("status").GetString() != "CANCELED")
        {
        }
    }
}
