using Godwit.Server.Jobs;

namespace Godwit.Server.Tests.Jobs;

/// <summary>Which change sends which pushes, row by row.</summary>
public sealed class NotifyMatrixTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Added_and_next()
    {
        await Jobs("a");
        Assert.Equal(["notify", "notify-next"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task Added_behind_another()
    {
        await Jobs("a");
        _host.Link.Heard.Clear();
        await _host.Create("b", [JobsHost.ThingArn("dev7")]);
        Assert.Equal(["notify"], _host.Link.TakeKinds());
    }

    /// <summary>Found by the simulation, seed 27: two jobs that came to a thing within one change were each taken for the one behind the other.</summary>
    [Fact]
    public async Task Two_added_by_one_change()
    {
        await _host.MakeThings("dev7");
        await _host.MakeGroup("g");
        foreach (var job in (string[])["a", "b"])
            await _host.Create(job, [JobsHost.GroupArn("g")], request => request with { TargetSelection = "CONTINUOUS" });
        // No clock stands at a whole millisecond.
        _host.Time.Advance(TimeSpan.FromTicks(4321));
        await _host.Join("g", "dev7");
        await _host.Push();
        Assert.Contains("\"jobId\":\"a\"", _host.Link.Heard.Single(message => message.Topic.EndsWith("/notify-next", StringComparison.Ordinal)).Payload, StringComparison.Ordinal);
        Assert.Equal(["notify", "notify-next", "notify"], _host.Link.TakeKinds());
    }

    [Theory]
    [InlineData("start-next", "{}")]
    [InlineData("a/update", """{"status":"IN_PROGRESS"}""")]
    public async Task The_next_one_is_started(string topic, string payload)
    {
        await Jobs("a", "b");
        _host.Link.Heard.Clear();
        await _host.Mqtt("dev7", topic, payload);
        await _host.Push();
        Assert.Empty(_host.Link.TakeKinds());
    }

    [Fact]
    public async Task Progress()
    {
        await Jobs("a");
        await _host.Report("dev7", "a", "IN_PROGRESS");
        await _host.Push();
        _host.Link.Heard.Clear();
        await _host.Report("dev7", "a", "IN_PROGRESS");
        await _host.Push();
        Assert.Empty(_host.Link.TakeKinds());
    }

    [Fact]
    public async Task Another_than_the_next_is_started_by_its_id()
    {
        await Jobs("a", "b");
        _host.Link.Heard.Clear();
        await _host.Report("dev7", "b", "IN_PROGRESS");
        await _host.Push();
        Assert.Contains("\"jobId\":\"b\",\"status\":\"IN_PROGRESS\"", Assert.Single(_host.Link.Heard).Payload, StringComparison.Ordinal);
        Assert.Equal(["notify-next"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task The_next_one_is_finished_and_others_wait()
    {
        await Jobs("a", "b");
        _host.Link.Heard.Clear();
        await _host.Report("dev7", "a", "SUCCEEDED");
        await _host.Push();
        Assert.Contains("\"execution\":{\"jobId\":\"b\"", _host.Link.Heard[1].Payload, StringComparison.Ordinal);
        Assert.Equal(["notify", "notify-next"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task One_that_is_not_next_is_finished()
    {
        await Jobs("a", "b");
        _host.Link.Heard.Clear();
        await _host.Report("dev7", "b", "FAILED");
        await _host.Push();
        Assert.Equal(["notify"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task The_last_one_is_finished()
    {
        await Jobs("a");
        _host.Link.Heard.Clear();
        await _host.Report("dev7", "a", "REJECTED");
        await _host.Push();
        Assert.Equal(["""{"timestamp":1800000000,"jobs":{}}""", """{"timestamp":1800000000}"""], _host.Link.Heard.Select(message => message.Payload));
    }

    [Theory]
    [InlineData("a", new[] { "notify", "notify-next" })]
    [InlineData("b", new[] { "notify" })]
    public async Task Canceled(string job, string[] pushes)
    {
        await Jobs("a", "b");
        _host.Link.Heard.Clear();
        JobsHost.Ok(await _host.Get<CancelJob>().Handle(JobsHost.Caller, new CancelJob.Request { JobId = job }, JobsHost.Ct));
        await _host.Run();
        Assert.Equal(pushes, _host.Link.TakeKinds());
    }

    [Theory]
    [InlineData("a", new[] { "notify", "notify-next" })]
    [InlineData("b", new[] { "notify" })]
    public async Task Deleted(string job, string[] pushes)
    {
        await Jobs("a", "b");
        _host.Link.Heard.Clear();
        JobsHost.Ok(await _host.Get<DeleteJob>().Handle(JobsHost.Caller, new DeleteJob.Request { JobId = job, Force = true }, JobsHost.Ct));
        await _host.Run();
        Assert.Equal(pushes, _host.Link.TakeKinds());
    }

    [Fact]
    public async Task Timed_out()
    {
        await Jobs("a");
        await _host.Mqtt("dev7", "start-next", """{"stepTimeoutInMinutes":1}""");
        _host.Link.Heard.Clear();
        await _host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["notify", "notify-next"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task Gone_from_the_group_of_a_continuous_job()
    {
        await _host.MakeThings("dev7");
        await _host.MakeGroup("g", "dev7");
        await _host.Create("c", [JobsHost.GroupArn("g")], request => request with { TargetSelection = "CONTINUOUS" });
        _host.Link.Heard.Clear();
        await _host.Leave("g", "dev7");
        await _host.Push();
        Assert.Equal(["notify", "notify-next"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task Nobody_listens()
    {
        _host.Link.Subscribed = _ => false;
        await Jobs("a");
        Assert.Empty(_host.Link.TakeKinds());
    }

    [Fact]
    public async Task Only_the_next_one_is_listened_for()
    {
        _host.Link.Subscribed = topic => topic.EndsWith("notify-next", StringComparison.Ordinal);
        await Jobs("a");
        Assert.Equal(["notify-next"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task The_reply_goes_out_before_the_pushes()
    {
        await Jobs("a");
        _host.Link.Heard.Clear();
        var atReply = new List<string>();
        var request = new JobsTopicRequest(JobsHost.Caller, "dev7", "a/update", """{"status":"SUCCEEDED"}"""u8.ToArray(), topic =>
        {
            // Whatever is ready goes out ahead of the reply.
            _host.Push().GetAwaiter().GetResult();
            atReply.AddRange(_host.Link.TakeKinds());
            atReply.Add(topic);
        });
        await _host.Get<IEnumerable<ITopicService>>().Single(service => service.Area == "jobs").Handle(request, JobsHost.Ct);
        Assert.Equal(["$aws/things/dev7/jobs/a/update/accepted"], atReply);
        await _host.Push();
        Assert.Equal(["notify", "notify-next"], _host.Link.TakeKinds());
    }

    /// <summary>A second copy of a job's notify-next makes an agent in the midst of its download begin again.</summary>
    [Fact]
    public async Task Changes_that_follow_fast_are_told_of_once_each()
    {
        await Jobs("a");
        _host.Link.Heard.Clear();
        JobsHost.Ok(await _host.TryCreate("b", [JobsHost.ThingArn("dev7")]));
        await _host.Get<JobRunner>().RunDue(JobsHost.Ct);
        await _host.Report("dev7", "a", "SUCCEEDED");
        await _host.Push();
        // The list had b more, then a less; next was a, and is b.
        Assert.Contains("\"jobId\":\"b\"", _host.Link.Heard[2].Payload, StringComparison.Ordinal);
        Assert.Equal(["notify", "notify", "notify-next"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task What_is_next_no_more_when_its_push_goes_out_is_not_told_of()
    {
        await Jobs();
        foreach (var job in (string[])["a", "b"])
            JobsHost.Ok(await _host.TryCreate(job, [JobsHost.ThingArn("dev7")]));
        await _host.Get<JobRunner>().RunDue(JobsHost.Ct);
        JobsHost.Ok(await _host.Get<CancelJob>().Handle(JobsHost.Caller, new CancelJob.Request { JobId = "a" }, JobsHost.Ct));
        await _host.Push();
        Assert.Contains("\"jobId\":\"b\"", _host.Link.Heard.Single(message => message.Topic.EndsWith("/notify-next", StringComparison.Ordinal)).Payload, StringComparison.Ordinal);
        Assert.Equal(["notify", "notify", "notify", "notify-next"], _host.Link.TakeKinds());
    }

    [Fact]
    public async Task A_list_names_ten_at_most()
    {
        await Jobs([.. Enumerable.Range(0, 12).Select(i => $"job{i:00}")]);
        Assert.Equal(10, _host.Link.Heard[^1].Payload.Split("\"jobId\"").Length - 1);
        Assert.Equal(10, (await _host.Mqtt("dev7", "get")).Payload.Split("\"jobId\"").Length - 1);
    }

    private async Task Jobs(params string[] ids)
    {
        await _host.MakeThings("dev7");
        foreach (var id in ids)
            await _host.Create(id, [JobsHost.ThingArn("dev7")]);
    }
}
