using Godwit.Core;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Jobs;

/// <summary>A job's targets, and the things they stand for. The database resolves groups; no list of things passes through memory.</summary>
internal static class JobTargets
{
    /// <summary>A thing that waits by another target already is left out.</summary>
    private const string NowhereElseSql =
        $"NOT EXISTS (SELECT 1 FROM job_target t WHERE t.job_key = @key AND t.position <> @position AND {PendingThings.WaitsByTargetSql})";

    /// <summary>
    /// A group's things between two names. Without the second it is a statement of its own: a plan that is to serve for both would read on to the last name each time.
    /// </summary>
    internal const string ExpandSql = $"{ExpandFromSql} AND g.thing_name <= @to AND {NowhereElseSql} ON CONFLICT DO NOTHING";

    private const string ExpandRestSql = $"{ExpandFromSql} AND {NowhereElseSql} ON CONFLICT DO NOTHING";

    /// <summary>The same for a job that has no other target.</summary>
    private const string ExpandOnlySql = $"{ExpandFromSql} AND g.thing_name <= @to ON CONFLICT DO NOTHING";

    private const string ExpandRestOfOnlySql = $"{ExpandFromSql} ON CONFLICT DO NOTHING";

    private const string ExpandFromSql =
        $"""
        INSERT INTO job_pending (job_key, position, thing_name, shuffle)
        SELECT @key, @position, g.thing_name, {PendingThings.ShuffleKeySql} FROM ({Membership.ThingsOfGroupSql}) g
        WHERE g.thing_name > @from
        """;

    private const string ExpandThingSql =
        $"""
        INSERT INTO job_pending (job_key, position, thing_name, shuffle)
        SELECT @key, @position, g.thing_name, {PendingThings.ShuffleKeySql} FROM (SELECT CAST(@thing AS TEXT) AS thing_name) g
        WHERE {NowhereElseSql}
        ON CONFLICT DO NOTHING
        """;

    /// <summary>Checks number, form and existence of the targets.</summary>
    public static ServiceError? Refuse(ReadSession session, string account, IReadOnlyList<string> targets)
    {
        if (targets.Count > JobLimits.TargetsMax)
            return JobErrors.TooManyTargets(targets.Count);
        var seen = new HashSet<string>(targets.Count);
        foreach (var target in targets)
        {
            if (!seen.Add(target))
                return JobErrors.TargetTwice(target);
            if (Arn.Parse(target) is not { } arn || !Membership.Exists(session, account, arn))
                return JobErrors.TargetNotFound(target);
        }
        return null;
    }

    public static void Insert(WriteSession session, string account, long key, int first, IReadOnlyList<string> targets)
    {
        for (var i = 0; i < targets.Count; i++)
        {
            var arn = Arn.Parse(targets[i])!;
            var group = arn.ResourceType == "thinggroup" ? arn.ResourceName : null;
            session.Execute(
                "INSERT INTO job_target (job_key, position, account, target_arn, group_name) VALUES (@key, @position, @account, @target, @group)",
                new { key, position = first + i, account, target = targets[i], group });
        }
    }

    public static List<string> Of(ReadSession session, long key) =>
        session.Query<string>("SELECT target_arn FROM job_target WHERE job_key = @key ORDER BY position", new { key });

    /// <summary>ARNs of the targets that are still being resolved.</summary>
    public static List<string> Unresolved(ReadSession session, long key) =>
        session.Query<string>("SELECT target_arn FROM job_target WHERE job_key = @key AND expanded = 0 ORDER BY position", new { key });

    /// <summary>Whether all targets together are small enough for one transaction.</summary>
    public static bool FitOneChunk(ReadSession session, string account, IReadOnlyList<string> targets)
    {
        var things = 0L;
        foreach (var arn in targets.Select(target => Arn.Parse(target)!))
        {
            things += arn.ResourceType == "thinggroup"
                ? session.First<long>(
                    $"SELECT COUNT(*) FROM (SELECT 1 FROM ({Membership.ThingsOfGroupSql}) g LIMIT @limit) few",
                    new { account, group = arn.ResourceName, limit = JobLimits.ExpandChunk + 1 })
                : 1;
            if (things > JobLimits.ExpandChunk)
                return false;
        }
        return true;
    }

    /// <summary>The next target to resolve, or null when all are.</summary>
    public static TargetRow? Next(ReadSession session, long key) => session.First<TargetRow>(
        """
        SELECT t.position, t.account, t.target_arn, t.group_name, t.expanded_to, j.controls, (SELECT COUNT(*) - 1 FROM job_target o WHERE o.job_key = @key) AS others FROM job_target t JOIN job j ON j.job_key = t.job_key
        WHERE t.job_key = @key AND t.expanded = 0 ORDER BY t.position LIMIT 1
        """,
        new { key });

    /// <summary>The last names of all further chunks of the group's things, in one pass on a reader's connection.</summary>
    public static List<string> ChunkEnds(ReadSession session, TargetRow target) =>
        session.First<long>("SELECT COUNT(*) FROM thing_group_closure WHERE account = @Account AND ancestor = @GroupName", new { target.Account, target.GroupName }) == 1
            ? EndsOfFlat(session, target)
            : EndsOfNested(session, target);

    /// <summary>From end to end along the index, which has the things of one group in their order.</summary>
    private static List<string> EndsOfFlat(ReadSession session, TargetRow target)
    {
        var ends = new List<string>();
        for (var from = target.ExpandedTo; NextEnd(from) is { } end; from = end)
            ends.Add(end);
        return ends;

        string? NextEnd(string from) => session.First<string>(
            "SELECT thing_name FROM thing_group_member WHERE account = @Account AND group_name = @GroupName AND thing_name > @from ORDER BY thing_name LIMIT 1 OFFSET @skip",
            new { target.Account, target.GroupName, from, skip = JobLimits.ExpandChunk - 1 });
    }

    private static List<string> EndsOfNested(ReadSession session, TargetRow target) => session.Query<string>(
        $"""
        SELECT n.thing_name FROM (
          SELECT g.thing_name, ROW_NUMBER() OVER (ORDER BY g.thing_name) AS place
          FROM ({Membership.ThingsOfGroupSql}) g WHERE g.thing_name > @from) n
        WHERE n.place % @chunk = 0 ORDER BY n.place
        """,
        new { account = target.Account, group = target.GroupName, from = target.ExpandedTo, chunk = JobLimits.ExpandChunk });

    /// <summary>Resolves the target's things up to a name (null: all the rest). Answers how many came to the job's pending things.</summary>
    public static int Expand(WriteSession session, long key, TargetRow target, string? to)
    {
        var added = target.GroupName is null
            ? session.Execute(ExpandThingSql, new { key, position = target.Position, thing = Arn.Parse(target.TargetArn)!.ResourceName, seed = target.ShuffleSeed })
            : session.Execute(
                (to, target.Others > 0) switch { (null, true) => ExpandRestSql, (_, true) => ExpandSql, (null, _) => ExpandRestOfOnlySql, _ => ExpandOnlySql },
                new { key, position = target.Position, account = target.Account, group = target.GroupName, from = target.ExpandedTo, to, seed = target.ShuffleSeed });
        var (done, reached) = to is null || target.GroupName is null ? (1, "") : (0, to);
        session.Execute(
            "UPDATE job_target SET expanded = @done, expanded_to = @reached WHERE job_key = @key AND position = @position",
            new { key, position = target.Position, done, reached });
        return added;
    }

    /// <summary>Whether a thing is in any of the job's targets.</summary>
    /// <param name="without">A group that is being deleted and counts no more.</param>
    public static bool Include(ReadSession session, JobRow job, string thing, string? without) => session.First<long>(
        $"""
        SELECT 1 FROM job_target t WHERE t.job_key = @JobKey
          AND (t.target_arn = @arn OR t.group_name IN (
            SELECT c.ancestor FROM thing_group_member m
            JOIN thing_group_closure c ON c.account = m.account AND c.descendant = m.group_name
            WHERE m.account = @account AND m.thing_name = @thing AND (@without IS NULL OR m.group_name <> @without)))
        LIMIT 1
        """,
        new { job.JobKey, account = job.Account, thing, without, arn = Core.Arn.Iot(job.Region, job.Account, "thing/" + thing).ToString() }) != 0;

    /// <summary>A thing that has come to the group joins those that the rollout has still to reach. Answers how many came.</summary>
    public static int Await(WriteSession session, JobRow job, string group, string thing) => session.Execute(
        $"""
        INSERT INTO job_pending (job_key, position, thing_name, shuffle)
        SELECT @JobKey, g.position, g.thing_name, {PendingThings.ShuffleKeySql} FROM (
          SELECT MIN(t.position) AS position, CAST(@thing AS TEXT) AS thing_name FROM job_target t
          JOIN thing_group_closure c ON c.account = t.account AND c.ancestor = t.group_name AND c.descendant = @group
          WHERE t.job_key = @JobKey) g
        WHERE g.position IS NOT NULL
        ON CONFLICT DO NOTHING
        """,
        new { job.JobKey, group, thing, seed = JobConfigs.Controls(job).ShuffleSeed });

    /// <summary>Resolves every target of a job in this transaction.</summary>
    public static int ExpandAll(WriteSession session, long key)
    {
        var added = 0;
        while (Next(session, key) is { } target)
            added += Expand(session, key, target, to: null);
        return added;
    }
}

/// <summary>A row of <c>job_target</c>.</summary>
internal sealed record TargetRow
{
    public long Position { get; init; }

    public string Account { get; init; } = "";

    public string TargetArn { get; init; } = "";

    public string? GroupName { get; init; }

    public string ExpandedTo { get; init; } = "";

    /// <summary>JSON of the job's <see cref="JobControls"/>, or null for none.</summary>
    public string? Controls { get; init; }

    /// <summary>Targets of the job besides this one.</summary>
    public long Others { get; init; }

    public string? ShuffleSeed => JobJson.Read<JobControls>(Controls)?.ShuffleSeed;
}
