using Godwit.Core.Webhooks;
using Godwit.Server.Storage;

namespace Godwit.Server.Webhooks;

/// <summary>The journal as events, from a place on; and a bell that rings when it has grown.</summary>
public sealed class ChangeLog : IDisposable
{
    /// <summary>Journal records that one read looks through.</summary>
    private const int ScanMax = 1000;

    private readonly Database _database;
    private volatile TaskCompletionSource _grown = New();

    public ChangeLog(Database database)
    {
        _database = database;
        database.JournalGrew += Ring;
    }

    /// <summary>Completes when the journal grows after this was asked for.</summary>
    public Task Grown => _grown.Task;

    /// <summary>The place after the last record.</summary>
    public Task<long> End(CancellationToken ct) => _database.Read(session => session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal"), ct);

    /// <summary>Events behind a place, at most so many, and the place up to which the journal was looked through.</summary>
    public Task<(IReadOnlyList<ChangeEvent> Events, long To)> After(string account, long seq, IReadOnlyCollection<string> kinds, int max, CancellationToken ct) =>
        _database.Read(session => Read(session, account, seq, kinds, max), ct);

    public void Dispose() => _database.JournalGrew -= Ring;

    private static (IReadOnlyList<ChangeEvent>, long) Read(ReadSession session, string account, long seq, IReadOnlyCollection<string> kinds, int max)
    {
        var events = new List<ChangeEvent>();
        var rows = session.Query<Row>(
            "SELECT seq, at_ms, account, kind, subject, state_from, state_to, why, thing, job FROM journal WHERE seq > @seq ORDER BY seq LIMIT @limit", new { seq, limit = ScanMax });
        foreach (var row in rows)
        {
            if (events.Count == max)
                break;
            seq = row.Seq;
            if (row.Account == account && ChangeKind.Of(row.Subject, row.StateFrom, row.StateTo, row.Thing, row.Job) is { } kind && kinds.Contains(kind))
                events.Add(row.ToEvent(kind));
        }
        return (events, seq);
    }

    private void Ring()
    {
        var grown = _grown;
        _grown = New();
        grown.TrySetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Row
    {
        private const string UpdatePrefix = "otaupdate/", JobPrefix = "AFR_OTA-";

        public long Seq { get; init; }

        public long AtMs { get; init; }

        public string Account { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Subject { get; init; } = "";

        public string? StateFrom { get; init; }

        public string? StateTo { get; init; }

        public string? Why { get; init; }

        public string? Thing { get; init; }

        public string? Job { get; init; }

        public ChangeEvent ToEvent(string kind) => new()
        {
            Id = Seq,
            At = DateTimeOffset.FromUnixTimeMilliseconds(AtMs),
            Kind = kind,
            Cause = Kind,
            Subject = Subject,
            From = StateFrom,
            To = StateTo,
            Reason = Why,
            ThingName = Thing,
            JobId = Job,
            OtaUpdateId = Subject.StartsWith(UpdatePrefix, StringComparison.Ordinal) ? Subject[UpdatePrefix.Length..]
                : Job is not null && Job.StartsWith(JobPrefix, StringComparison.Ordinal) ? Job[JobPrefix.Length..] : null,
        };
    }
}
