using Godwit.Bench.Jobs;
using Godwit.Server.Journal;

namespace Godwit.Bench.Pages;

/// <summary>An account as it is after years: things, updates that went to all of them, and the journal of the last one. Filled set-based, as no client could in the time.</summary>
public static class LargeAccount
{
    public const string Update = "large";

    private const int Chunk = 100_000;
    private const long MinuteMs = 60_000;
    private const string Numbers = "WITH RECURSIVE n(i) AS (SELECT @from + 0 UNION ALL SELECT i + 1 FROM n WHERE i < @last)";
    private const string Name = "('t' || SUBSTR(CAST(10000000 + i AS TEXT), 2))";

    /// <summary>SUCCEEDED but for one in fifty FAILED and one in a hundred TIMED_OUT.</summary>
    private const string Status = "CASE WHEN i % 50 = 7 THEN 3 WHEN i % 100 = 9 THEN 4 ELSE 2 END";

    public static async Task Fill(JobsStack stack, BenchOptions options, CancellationToken ct)
    {
        await FleetTables.Things(stack, "everybody", options.Things, ct);
        var past = Math.Max(0, (options.Executions / options.Things) - 1);
        if (past > 0)
            await FleetTables.History(stack, options.Things, past, ct);
        await FleetTables.QueuedJob(stack, $"AFR_OTA-{Update}", 0, ct);
        var now = stack.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var key = await stack.Database.Read(session => session.First<long>("SELECT job_key FROM job WHERE job_id = @id", new { id = $"AFR_OTA-{Update}" }), ct);
        for (var from = 0; from < options.Things; from += Chunk)
        {
            var args = new { JobsStack.Account, key, from, last = Math.Min(from + Chunk, options.Things) - 1, job = $"AFR_OTA-{Update}", begun = now - (1440 * MinuteMs), hash = new byte[32], zero = 0L };
            await stack.Database.Write(session => Executions(session, args) + Journal(session, args), ct);
        }
        await stack.Database.Write(session => Finish(session, key, options.Things, now), ct);
        while (await stack.Get<JournalStretches>().Fold(ct))
            ct.ThrowIfCancellationRequested();
    }

    private static int Executions(Server.Storage.WriteSession session, object args) => session.Execute(
        $$"""
        INSERT INTO job_execution (account, thing_name, job_key, execution_number, status, version, queued_at_ms, started_at_ms, last_updated_at_ms, status_details)
        {{Numbers}} SELECT @Account, {{Name}}, @key, 1, {{Status}}, 3, @begun + i, @begun + i + 1000, @begun + i + 60000,
          CASE WHEN i % 50 = 7 THEN '{"reason":"rejected: 0x00000000"}' END FROM n
        """,
        args);

    /// <summary>Three records for each execution: queued, in progress, ended.</summary>
    private static int Journal(Server.Storage.WriteSession session, object args) => session.Execute(
        $"""
        INSERT INTO journal (at_ms, account, who, kind, subject, state_from, state_to, thing, job, hash)
        {Numbers} SELECT @begun + i + (k.step * 30000), @Account, 'bench', CASE WHEN k.step = 0 THEN 'RolloutPace' ELSE 'UpdateJobExecution' END, 'execution/' || {Name},
          CASE k.step WHEN 0 THEN NULL WHEN 1 THEN 'QUEUED' ELSE 'IN_PROGRESS' END,
          CASE k.step WHEN 0 THEN 'QUEUED' WHEN 1 THEN 'IN_PROGRESS' ELSE CASE {Status} WHEN 2 THEN 'SUCCEEDED' WHEN 3 THEN 'FAILED' ELSE 'TIMED_OUT' END END,
          {Name}, @job, @hash
        FROM n CROSS JOIN (SELECT 0 AS step UNION ALL SELECT 1 UNION ALL SELECT 2) k ORDER BY i, k.step
        """,
        args);

    private static int Finish(Server.Storage.WriteSession session, long key, int things, long now)
    {
        var request = $$$$"""{"otaUpdateId":"{{{{Update}}}}","targets":["arn:aws:iot:us-east-1:{{{{JobsStack.Account}}}}:thinggroup/everybody"],"targetSelection":"SNAPSHOT","roleArn":"arn:aws:iam::{{{{JobsStack.Account}}}}:role/ota","files":[{"fileName":"/fw/app.bin","fileVersion":"2.0.0","fileLocation":{"s3Location":{"bucket":"fw","key":"app.bin"}}}]}""";
        session.Execute(
            """
            INSERT INTO ota_update (account, ota_update_id, status, region, caller_arn, access_key_id, request, job_id, delete_stream, force_delete_job, created_at_ms, last_modified_at_ms)
            VALUES (@Account, @Update, 'CREATE_COMPLETE', 'us-east-1', 'bench', 'bench', @request, @job, 0, 0, @now, @now)
            """,
            new { JobsStack.Account, Update, request, job = $"AFR_OTA-{Update}", now });
        session.Execute("INSERT INTO thing_version (account, thing_name, version, since_ms, evidence) SELECT account, thing_name, '2.0.0', @now, 1 FROM job_execution WHERE job_key = @key AND status = 2", new { key, now });
        session.Execute("INSERT INTO version_total (account, version, things, verified, last_at_ms) SELECT @Account, '2.0.0', COUNT(*), COUNT(*), @now FROM thing_version", new { JobsStack.Account, now });
        session.Execute("INSERT INTO version_minute (account, minute_ms, version, change) SELECT @Account, @minute, '2.0.0', COUNT(*) FROM thing_version", new { JobsStack.Account, minute = now / MinuteMs * MinuteMs });
        // The reader of versions need not walk through what is there already.
        session.Execute("INSERT INTO journal_reader (reader, seq) SELECT 'fleet-versions', MAX(seq) FROM journal WHERE 1 = 1 ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq", new { });
        session.Execute(
            """
            UPDATE job_progress SET queued = 0, succeeded = (SELECT COUNT(*) FROM job_execution WHERE job_key = @key AND status = 2),
              failed = (SELECT COUNT(*) FROM job_execution WHERE job_key = @key AND status = 3), timed_out = (SELECT COUNT(*) FROM job_execution WHERE job_key = @key AND status = 4)
            WHERE job_key = @key
            """,
            new { key, things });
        return session.Execute("UPDATE job SET status = 2, created_at_ms = @begun, completed_at_ms = @now WHERE job_key = @key", new { key, now, begun = now - (1440 * MinuteMs) });
    }
}
