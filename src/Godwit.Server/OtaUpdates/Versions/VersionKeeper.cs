using Godwit.Core.Why;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.OtaUpdates.Versions;

/// <summary>
/// Folds the journal into who runs which version, and what else shows it: reads on from where it stopped, some hundred successes at a time, so that reports of devices need not pay for
/// it. After a kill it goes on from the record that stands in the database.
/// </summary>
public sealed class VersionKeeper(Database database, TimeProvider time) : PeriodicService(TimeSpan.FromSeconds(1), time)
{
    private const string Reader = "fleet-versions";
    private const int RecordsMax = 5000;
    private const int SuccessesMax = 250;
    private const long Patience = 3_600_000;

    /// <summary>Folds what is there. Answers whether there may be more.</summary>
    public async Task<bool> Fold(CancellationToken ct)
    {
        var (from, successes, until) = await database.Read(Next, ct);
        if (until > from)
            await database.Write(session => Keep(session, successes, until), ct);
        return until > from;
    }

    private protected override async Task Round(CancellationToken ct)
    {
        while (await Fold(ct))
            ct.ThrowIfCancellationRequested();
    }

    private static (long From, List<SuccessRow> Successes, long Until) Next(ReadSession session)
    {
        var from = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal_reader WHERE reader = @Reader", new { Reader });
        var last = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal");
        var until = Math.Min(last, from + RecordsMax);
        var found = session.Query<SuccessRow>(
            """
            SELECT seq, at_ms, account, kind, thing, job, why, CASE WHEN kind = 'UpdateThing' THEN state_from END AS state_from, CASE WHEN kind = 'UpdateThing' THEN state_to END AS state_to
            FROM journal
            WHERE seq > @from AND seq <= @until AND thing IS NOT NULL
              AND ((kind = 'UpdateJobExecution' AND state_to = 'SUCCEEDED' AND job IS NOT NULL) OR kind IN ('DeleteThing', 'UpdateThing'))
            ORDER BY seq LIMIT @SuccessesMax
            """,
            new { from, until, SuccessesMax });
        return (from, found, found.Count == SuccessesMax ? found[^1].Seq : until);
    }

    private static int Keep(WriteSession session, List<SuccessRow> successes, long until)
    {
        var versions = new Dictionary<(string Account, string Job), string?>();
        foreach (var success in successes)
        {
            if (success.Kind == "DeleteThing")
                Replace(session, success, Find(session, success), null);
            else if (success.Kind == "UpdateThing")
                Look(session, success);
            else
                Claim(session, success, versions);
        }
        return session.Execute(
            "INSERT INTO journal_reader (reader, seq) VALUES (@Reader, @until) ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq", new { Reader, until });
    }

    /// <summary>An update succeeded, by the device's word.</summary>
    private static void Claim(WriteSession session, SuccessRow success, Dictionary<(string Account, string Job), string?> versions)
    {
        if (!versions.TryGetValue((success.Account, success.Job!), out var version))
            versions[(success.Account, success.Job!)] = version = OtaUpdateStore.VersionOfJob(session, success.Account, success.Job!);
        if (version is null)
            return;
        var reported = RunningVersion.OfReason(success.Why);
        var attribute = RunningVersion.OfAttributes(DeviceThing.Find(session, success.Account, success.Thing)?.Attributes);
        var evidence = RunningVersion.Judge(version, reported, attribute, attributeIsNewer: false);
        // Whoever keeps the registry's attribute needs a moment to see the new version; the device's own word counts at once.
        var doubtAt = success.AtMs + (reported is null ? Patience : 0);
        var before = Find(session, success);
        Replace(session, success, before, new VersionRow
        {
            Account = success.Account, ThingName = success.Thing, Version = version, SinceMs = before?.Version == version ? before.SinceMs : success.AtMs, Evidence = (long)evidence,
            Reported = reported, Attribute = attribute, DoubtAtMs = evidence == VersionEvidence.Contradicted ? doubtAt : null,
        });
    }

    /// <summary>The registry changed: it may tell of the version now.</summary>
    private static void Look(WriteSession session, SuccessRow change)
    {
        var (old, now) = (RunningVersion.OfAttributes(AttributeText.Read(change.StateFrom ?? "{}")), RunningVersion.OfAttributes(AttributeText.Read(change.StateTo ?? "{}")));
        if (old == now || Find(session, change) is not { } before)
            return;
        var evidence = RunningVersion.Judge(before.Version, before.Reported, now, attributeIsNewer: true);
        Replace(session, change, before, before with { Evidence = (long)evidence, Attribute = now, DoubtAtMs = evidence == VersionEvidence.Contradicted ? change.AtMs : null });
    }

    private static VersionRow? Find(WriteSession session, SuccessRow change) =>
        session.First<VersionRow>(VersionRow.Select + " WHERE account = @Account AND thing_name = @Thing", change);

    /// <summary>Moves the totals with the row.</summary>
    private static void Replace(WriteSession session, SuccessRow at, VersionRow? before, VersionRow? after)
    {
        if (before == after)
            return;
        if (before?.Version != after?.Version)
        {
            CountMinute(session, at, before?.Version, -1);
            CountMinute(session, at, after?.Version, 1);
        }
        CountTotal(session, at, before, -1);
        CountTotal(session, at, after, 1);
        if (after is null)
            session.Execute("DELETE FROM thing_version WHERE account = @Account AND thing_name = @Thing", at);
        else
            session.Execute(
                """
                INSERT INTO thing_version (account, thing_name, version, since_ms, evidence, reported, attribute, doubt_at_ms)
                VALUES (@Account, @ThingName, @Version, @SinceMs, @Evidence, @Reported, @Attribute, @DoubtAtMs)
                ON CONFLICT (account, thing_name) DO UPDATE SET version = excluded.version, since_ms = excluded.since_ms, evidence = excluded.evidence,
                  reported = excluded.reported, attribute = excluded.attribute, doubt_at_ms = excluded.doubt_at_ms
                """,
                after);
    }

    private static void CountTotal(WriteSession session, SuccessRow at, VersionRow? row, int change)
    {
        if (row is not null)
            session.Execute(
                """
                INSERT INTO version_total (account, version, things, verified, last_at_ms) VALUES (@Account, @Version, @change, @verified, @AtMs)
                ON CONFLICT (account, version) DO UPDATE
                SET things = version_total.things + excluded.things, verified = version_total.verified + excluded.verified, last_at_ms = excluded.last_at_ms
                """,
                new { at.Account, row.Version, change, verified = row.Evidence == (long)VersionEvidence.Verified ? change : 0, at.AtMs });
    }

    private static void CountMinute(WriteSession session, SuccessRow at, string? version, int change)
    {
        if (version is not null)
            session.Execute(
                """
                INSERT INTO version_minute (account, minute_ms, version, change) VALUES (@Account, @minute, @version, @change)
                ON CONFLICT (account, minute_ms, version) DO UPDATE SET change = version_minute.change + excluded.change
                """,
                new { at.Account, version, change, minute = at.AtMs / 60_000 * 60_000 });
    }

    private sealed record SuccessRow
    {
        public long Seq { get; init; }

        public long AtMs { get; init; }

        public string Account { get; init; } = "";

        public string Thing { get; init; } = "";

        public string Kind { get; init; } = "";

        /// <summary>Null where the thing itself was changed or deleted.</summary>
        public string? Job { get; init; }

        public string? Why { get; init; }

        /// <summary>A changed thing's attributes.</summary>
        public string? StateFrom { get; init; }

        public string? StateTo { get; init; }
    }
}
