using System.Text;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Hosting;
using Godwit.Server.Jobs;
using Godwit.Server.Jobs.Device;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Godwit.Server.Things;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Jobs;

/// <summary>The jobs slice on a database of its own. Its loops do not run by themselves: a test says when the runner looks and when pushes go out.</summary>
internal sealed class JobsHost : IAsyncDisposable
{
    /// <summary>1 800 000 000 seconds of the epoch.</summary>
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    public static readonly Caller Caller = new("000000000000", "us-east-1", "arn:aws:iam::000000000000:user/tester", "AKIATEST");

    private static readonly Caller DeviceCaller = Caller with { Arn = "arn:aws:iot:us-east-1:000000000000:cert/abc", CertificateId = "abc" };

    private readonly string _folder = TestStorage.Prepare(Directory.CreateTempSubdirectory("godwit-jobs-").FullName);
    private readonly bool _faithfulQuotas;
    private readonly TimeSpan _timeoutGrace;
    private ServiceProvider _services;

    /// <param name="timeoutGrace">None unless given: tests move time by more than a minute at once, which looks as if the service had been away.</param>
    public JobsHost(bool faithfulQuotas = false, TimeSpan timeoutGrace = default)
    {
        (Clock, _faithfulQuotas, _timeoutGrace) = (new SetClock(Time), faithfulQuotas, timeoutGrace);
        _services = Compose();
    }

    public string Folder => _folder;

    public FakeTimeProvider Time { get; } = new(Start);

    /// <summary>What the service takes for the time: <see cref="Time"/>, unless a test sets it otherwise.</summary>
    public SetClock Clock { get; }

    public FakeDeviceLink Link { get; } = new();

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static string ThingArn(string thing) => Caller.IotArn("thing/" + thing);

    public static string GroupArn(string group) => Caller.IotArn("thinggroup/" + group);

    public async Task Restart()
    {
        await _services.DisposeAsync();
        _services = Compose();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        TestStorage.Drop(_folder);
    }

    public async Task MakeThings(params string[] things)
    {
        foreach (var thing in things)
            Ok(await Get<CreateThing>().Handle(Caller, new CreateThing.Request { ThingName = thing }, Ct));
    }

    public async Task MakeGroup(string group, params string[] things)
    {
        Ok(await Get<CreateThingGroup>().Handle(Caller, new CreateThingGroup.Request { ThingGroupName = group }, Ct));
        foreach (var thing in things)
            await Join(group, thing);
    }

    /// <summary>A group of <c>prefix00000</c>, <c>prefix00001</c>, … made by the database.</summary>
    public async Task MakeLargeGroup(string group, string prefix, int count)
    {
        await MakeGroup(group);
        const string names = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < @count - 1)";
        await Get<Database>().Write(
            s => s.Execute(
                    $"""
                    INSERT INTO thing (account, thing_name, thing_id, attributes, version, created_at_ms)
                    {names} SELECT @Account, @prefix || SUBSTR(CAST(100000 + i AS TEXT), 2), CAST(i AS TEXT), @none, 1, 0 FROM n
                    """,
                    new { Caller.Account, prefix, count, none = "{}" })
                + s.Execute(
                    $"""
                    INSERT INTO thing_group_member (account, group_name, thing_name, joined_at_ms)
                    {names} SELECT @Account, @group, @prefix || SUBSTR(CAST(100000 + i AS TEXT), 2), 0 FROM n
                    """,
                    new { Caller.Account, group, prefix, count }),
            Ct);
    }

    public async Task Join(string group, string thing) => Ok(await Get<AddThingToThingGroup>().Handle(
        Caller, new AddThingToThingGroup.Request { ThingGroupName = group, ThingName = thing }, Ct));

    public async Task Leave(string group, string thing) => Ok(await Get<RemoveThingFromThingGroup>().Handle(
        Caller, new RemoveThingFromThingGroup.Request { ThingGroupName = group, ThingName = thing }, Ct));

    public Task<Result<CreateJob.Response>> TryCreate(string jobId, string[] targets, Func<CreateJob.Request, CreateJob.Request>? with = null)
    {
        var request = new CreateJob.Request { JobId = jobId, Targets = targets, Document = """{"do":"it"}""" };
        return Get<CreateJob>().Handle(Caller, with?.Invoke(request) ?? request, Ct);
    }

    /// <summary>Creates a job and lets the runner look at it.</summary>
    public async Task Create(string jobId, string[] targets, Func<CreateJob.Request, CreateJob.Request>? with = null)
    {
        Ok(await TryCreate(jobId, targets, with));
        await Run();
    }

    /// <summary>The runner does what is due, then the pushes go out. Answers when the runner would look next.</summary>
    public async Task<DateTimeOffset> Run()
    {
        var next = await Get<JobRunner>().RunDue(Ct);
        await Push();
        return next;
    }

    public Task Push() => Get<JobNotifications>().SendWaiting(Ct);

    public async Task Advance(TimeSpan by)
    {
        Time.Advance(by);
        await Run();
    }

    /// <summary>A device's message; answers the reply's topic behind <c>jobs/</c> and its payload.</summary>
    public Task<(string Topic, string Payload)> Mqtt(string thing, string rest, string payload = "{}") => Mqtt(thing, rest, Encoding.UTF8.GetBytes(payload));

    public async Task<(string Topic, string Payload)> Mqtt(string thing, string rest, byte[] payload)
    {
        var request = new JobsTopicRequest(DeviceCaller, thing, rest, payload, topic => Link.Heard.Add((topic, "(reply)")));
        await _services.GetServices<ITopicService>().Single(service => service.Area == "jobs").Handle(request, Ct);
        var replies = Link.Heard.RemoveAll(message => message.Payload == "(reply)");
        Assert.Equal(1, replies);
        return Assert.Single(request.Replies);
    }

    /// <summary>A device's report, which must be accepted.</summary>
    public async Task Report(string thing, string jobId, string status)
    {
        var reply = await Mqtt(thing, $"{jobId}/update", $$"""{"status":"{{status}}"}""");
        Assert.Equal($"{jobId}/update/accepted", reply.Topic);
    }

    public Task<Result<UpdateJobExecution.Response>> Update(string thing, string jobId, string status, long? expectedVersion = null) =>
        Get<UpdateJobExecution>().Handle(
            DeviceCaller, new UpdateJobExecution.Request { ThingName = thing, JobId = jobId, Status = status, ExpectedVersion = expectedVersion }, Ct);

    public async Task<Job> Job(string jobId) =>
        Ok(await Get<DescribeJob>().Handle(Caller, new DescribeJob.Request { JobId = jobId }, Ct)).Job;

    public async Task<Server.Jobs.JobExecution> Execution(string thing, string jobId) => Ok(await Get<Server.Jobs.DescribeJobExecution>().Handle(
        Caller, new Server.Jobs.DescribeJobExecution.Request { ThingName = thing, JobId = jobId }, Ct)).Execution;

    /// <summary>Asserts that the counters equal the rows, and answers them.</summary>
    public async Task<JobProcessDetails> Counts(string jobId)
    {
        var details = (await Job(jobId)).JobProcessDetails;
        var rows = await Get<Database>().Read(
            s => s.Query<(long Status, long Count)>(
                "SELECT e.status, COUNT(*) FROM job_execution e JOIN job j ON j.job_key = e.job_key WHERE j.job_id = @jobId GROUP BY e.status", new { jobId })
                .ToDictionary(row => row.Status, row => row.Count),
            Ct);
        long[] counted =
        [
            details.NumberOfQueuedThings, details.NumberOfInProgressThings, details.NumberOfSucceededThings, details.NumberOfFailedThings,
            details.NumberOfTimedOutThings, details.NumberOfRejectedThings, details.NumberOfRemovedThings, details.NumberOfCanceledThings,
        ];
        Assert.Equal(Enumerable.Range(0, counted.Length).Select(i => rows.GetValueOrDefault(i)), counted);
        return details;
    }

    public static T Ok<T>(Result<T> result)
    {
        Assert.True(result.IsOk, $"{result.Error?.Code}: {result.Error?.Message}");
        return result.Value;
    }

    public static void Refused<T>(Result<T> result, string code, int status, string message)
    {
        Assert.False(result.IsOk);
        Assert.Equal((code, status, message), (result.Error.Code, result.Error.Status, result.Error.Message));
    }

    private ServiceProvider Compose()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(new ServerOptions { DataDirectory = _folder, FaithfulQuotas = _faithfulQuotas, TimeoutGrace = _timeoutGrace });
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<IRandomSource>(new SystemRandomSource());
        services.AddSingleton(new Endpoints { DownloadBase = "https://files.example" });
        services.AddSingleton<IDeviceLink>(Link);
        services.AddSingleton(_ => DataDirectory.Open(_folder));
        services.AddSingleton(s => Database.Open(TestStorage.DialectOf(_folder), Clock, s.GetRequiredService<ILogger<Database>>()));
        Slices.Add(services);
        return services.BuildServiceProvider();
    }
}
