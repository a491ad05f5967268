using Godwit.Server.Tests.Jobs;

namespace Godwit.Server.Tests.Attacks;

/// <summary>
/// A16: a device that reports what is not its to report: every pair of states, stale and future versions, another thing's execution, and all that is none.
/// It is refused with AWS's code, and neither the execution nor a counter nor the journal moves.
/// </summary>
public sealed class ReportAttackTests : IAsyncDisposable
{
    private static readonly string[] s_reported = ["QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "TIMED_OUT", "REJECTED", "REMOVED", "CANCELED", "DELETED", "succeeded", ""];
    private static readonly string[] s_ends = ["SUCCEEDED", "FAILED", "REJECTED"];

    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task No_report_moves_an_execution_where_a_device_may_not_move_it()
    {
        await _host.MakeThings("dev");
        for (var from = 0; from < 5; from++)
            foreach (var to in s_reported)
            {
                var job = $"job-{from}-{Array.IndexOf(s_reported, to)}";
                await _host.Create(job, [JobsHost.ThingArn("dev")]);
                await _host.Run();
                if (from > 0)
                    await _host.Report("dev", job, from == 1 ? "IN_PROGRESS" : s_ends[from - 2]);
                var allowed = from < 2 && (s_ends.Contains(to) || to == "IN_PROGRESS");
                await Expect(job, $$"""{"status":"{{to}}"}""", allowed, from >= 2 && to is not ("DELETED" or "succeeded" or "") ? "TerminalStateReached" : null);
            }
    }

    [Theory]
    [InlineData("""{"status":"SUCCEEDED","expectedVersion":0}""", "VersionMismatch")]
    [InlineData("""{"status":"SUCCEEDED","expectedVersion":1}""", "VersionMismatch")]
    [InlineData("""{"status":"SUCCEEDED","expectedVersion":3}""", "VersionMismatch")]
    [InlineData("""{"status":"SUCCEEDED","expectedVersion":-2}""", null)]
    [InlineData("""{"status":"SUCCEEDED","expectedVersion":9223372036854775807}""", "VersionMismatch")]
    [InlineData("""{"status":"SUCCEEDED","expectedVersion":9223372036854775808}""", "InvalidRequest")]
    [InlineData("""{"status":"SUCCEEDED","expectedVersion":{}}""", "InvalidRequest")]
    [InlineData("""{"status":"SUCCEEDED","executionNumber":2}""", "ResourceNotFound")]
    [InlineData("""{"status":"SUCCEEDED","executionNumber":-1}""", null)]
    [InlineData("""{"status":"IN_PROGRESS","stepTimeoutInMinutes":0}""", "InvalidRequest")]
    [InlineData("""{"status":"IN_PROGRESS","stepTimeoutInMinutes":10081}""", "InvalidRequest")]
    [InlineData("""{"status":["SUCCEEDED"]}""", "InvalidRequest")]
    [InlineData("""{"status":"SUCCEEDED","statusDetails":{"__proto__":{"status":"SUCCEEDED"}}}""", "InvalidRequest")]
    [InlineData("""{"status":"SUCC""", "InvalidJson")]
    public async Task Versions_numbers_and_members_that_cannot_be_are_refused(string report, string? code)
    {
        await _host.MakeThings("dev");
        await _host.Create("job", [JobsHost.ThingArn("dev")]);
        await _host.Run();
        await _host.Report("dev", "job", "IN_PROGRESS");
        await Expect("job", report, allowed: false, code);
    }

    [Fact]
    public async Task A_thing_cannot_report_for_another_or_on_a_job_that_it_does_not_have()
    {
        await _host.MakeThings("dev", "other");
        await _host.Create("theirs", [JobsHost.ThingArn("other")]);
        await _host.Run();
        foreach (var job in (string[])["theirs", "nobodys", "$next", "theirs/../theirs", "*"])
        {
            var (topic, payload) = await _host.Mqtt("dev", $"{job}/update", """{"status":"SUCCEEDED"}""");
            Assert.EndsWith("/rejected", topic, StringComparison.Ordinal);
            Assert.DoesNotContain("other", payload, StringComparison.Ordinal);
        }
        Assert.Equal(("QUEUED", 1L), ((await _host.Execution("other", "theirs")).Status, (await _host.Execution("other", "theirs")).VersionNumber));
        Assert.Equal(1, (await _host.Counts("theirs")).NumberOfQueuedThings);
    }

    private async Task Expect(string job, string report, bool allowed, string? code)
    {
        var before = await _host.Execution("dev", job);
        var (topic, payload) = await _host.Mqtt("dev", $"{job}/update", report);
        var after = await _host.Execution("dev", job);
        Assert.True(topic == $"{job}/update/{(allowed ? "accepted" : "rejected")}", $"{before.Status} by {report}: {topic} {payload}");
        if (allowed)
        {
            Assert.Equal(before.VersionNumber + 1, after.VersionNumber);
            return;
        }
        if (code is not null)
            Assert.True(payload.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal), $"{before.Status} by {report}: {payload}");
        Assert.Equal((before.Status, before.VersionNumber), (after.Status, after.VersionNumber));
        await _host.Counts(job);
    }
}
