using Godwit.Server.Jobs;
using Godwit.Server.Things;

namespace Godwit.Bench.Jobs;

/// <summary>Fills the tables set-based, as no client could in the time.</summary>
public static class FleetTables
{
    private const int Chunk = 100_000;

    public static string Thing(int i) => $"t{i:D7}";

    /// <summary>So many things in one group.</summary>
    public static async Task Things(JobsStack stack, string group, int count, CancellationToken ct)
    {
        await stack.Get<CreateThingGroup>().Handle(JobsStack.Operator, new CreateThingGroup.Request { ThingGroupName = group }, ct);
        for (var from = 0; from < count; from += Chunk)
        {
            var args = new { JobsStack.Account, group, none = "{}", from, last = Math.Min(from + Chunk, count) - 1 };
            await stack.Database.Write(
                session => session.Execute(
                        $"""
                        INSERT INTO thing (account, thing_name, thing_id, attributes, version, created_at_ms)
                        {Numbers} SELECT @Account, {Name}, CAST(i AS TEXT), @none, 1, 0 FROM n WHERE 1 = 1 ON CONFLICT DO NOTHING
                        """,
                        args)
                    + session.Execute(
                        $"""
                        INSERT INTO thing_group_member (account, group_name, thing_name, joined_at_ms)
                        {Numbers} SELECT @Account, @group, {Name}, 0 FROM n
                        """,
                        args),
                ct);
        }
    }

    /// <summary>A job that has come to the first so many things, all of them QUEUED.</summary>
    public static async Task QueuedJob(JobsStack stack, string jobId, int count, CancellationToken ct)
    {
        var key = await EmptyJob(stack, jobId, ct);
        for (var from = 0; from < count; from += Chunk)
        {
            var args = new { JobsStack.Account, key, from, last = Math.Min(from + Chunk, count) - 1 };
            await stack.Database.Write(
                session => session.Execute(
                    $"""
                    INSERT INTO job_execution (account, thing_name, job_key, execution_number, status, version, queued_at_ms, last_updated_at_ms)
                    {Numbers} SELECT @Account, {Name}, @key, 1, 0, 1, 0, 0 FROM n
                    """,
                    args),
                ct);
        }
        await stack.Database.Write(session => session.Execute("UPDATE job_progress SET queued = @count WHERE job_key = @key", new { key, count }), ct);
    }

    /// <summary>So many jobs that are done, one made in each millisecond.</summary>
    public static async Task Jobs(JobsStack stack, int count, CancellationToken ct)
    {
        for (var from = 0; from < count; from += Chunk)
        {
            var args = new { JobsStack.Account, from, last = Math.Min(from + Chunk, count) - 1, document = """{"do":"it"}""" };
            await stack.Database.Write(
                session => session.Execute(
                        $"""
                        INSERT INTO job (account, job_id, region, status, target_selection, presign_expires_sec, has_placeholders, created_at_ms, last_updated_at_ms,
                          device_document, document)
                        {Numbers} SELECT @Account, 'j' || SUBSTR(CAST(10000000 + i AS TEXT), 2), 'us-east-1', 3, 'SNAPSHOT', 3600, 0, i, i, @document, @document FROM n
                        """,
                        args)
                    + session.Execute("INSERT INTO job_progress (job_key, version) SELECT job_key, 1 FROM job WHERE created_at_ms BETWEEN @from AND @last", args),
                ct);
        }
    }

    /// <summary>For each of so many things one execution of so many jobs, of which the last is to be done.</summary>
    public static async Task History(JobsStack stack, int things, int jobs, CancellationToken ct)
    {
        var keys = new List<long>(jobs);
        for (var i = 0; i < jobs; i++)
            keys.Add(await EmptyJob(stack, $"past-{i:D3}", ct));
        var chunk = Math.Max(1, Chunk * 5 / jobs);
        for (var from = 0; from < things; from += chunk)
        {
            var args = new { JobsStack.Account, first = keys[0], newest = keys[^1], from, last = Math.Min(from + chunk, things) - 1 };
            await stack.Database.Write(
                session => session.Execute(
                    $"""
                    INSERT INTO job_execution (account, thing_name, job_key, execution_number, status, version, queued_at_ms, last_updated_at_ms)
                    {Numbers} SELECT @Account, {Name}, j.job_key, 1, CASE WHEN j.job_key = @newest THEN 0 ELSE 2 END, 1, j.job_key, j.job_key
                    FROM n CROSS JOIN job j WHERE j.job_key BETWEEN @first AND @newest ORDER BY i, j.job_key
                    """,
                    args),
                ct);
        }
    }

    private const string Numbers = "WITH RECURSIVE n(i) AS (SELECT @from + 0 UNION ALL SELECT i + 1 FROM n WHERE i < @last)";

    private const string Name = "('t' || SUBSTR(CAST(10000000 + i AS TEXT), 2))";

    private static async Task<long> EmptyJob(JobsStack stack, string jobId, CancellationToken ct)
    {
        await stack.Get<CreateThingGroup>().Handle(JobsStack.Operator, new CreateThingGroup.Request { ThingGroupName = "empty" }, ct);
        var made = await stack.Get<CreateJob>().Handle(
            JobsStack.Operator,
            new CreateJob.Request
            {
                JobId = jobId, Targets = [JobsStack.Operator.IotArn("thinggroup/empty")], Document = """{"do":"it"}""", TargetSelection = "CONTINUOUS",
                TimeoutConfig = new TimeoutConfig { InProgressTimeoutInMinutes = 60 },
            },
            ct);
        if (!made.IsOk)
            throw new InvalidOperationException(made.Error.Message);
        return await stack.Database.Read(session => session.First<long>("SELECT job_key FROM job WHERE job_id = @jobId", new { jobId }), ct);
    }
}
