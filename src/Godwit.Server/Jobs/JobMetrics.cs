using System.Diagnostics.Metrics;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs;

/// <summary>Looks at jobs, and how jobs and executions stand; the latter is read from the database four times a minute.</summary>
public sealed partial class JobMetrics(Database database, TimeProvider time, ILogger<JobMetrics> log)
    : PeriodicService(TimeSpan.FromSeconds(15), time, atOnce: true)
{
    public const string MeterName = "Godwit.Jobs";

    private readonly Meter _meter = new(MeterName);
    private Counter<long>? _looks;
    private volatile Figures _figures = new();

    /// <summary>A job was looked at by the runner.</summary>
    internal void Looked() => _looks?.Add(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _looks = _meter.CreateCounter<long>("godwit.job.ticks", "{tick}", "Looks of the runner at a job");
        _meter.CreateObservableGauge("godwit.jobs", () => Jobs(_figures), "{job}", "Jobs by status");
        _meter.CreateObservableGauge("godwit.job.executions.open", () => Open(_figures), "{execution}", "Executions that are not over");
        _meter.CreateObservableGauge("godwit.job.things.pending", () => _figures.Pending, "{thing}", "Things that rollouts have still to reach");
        _meter.CreateObservableGauge("godwit.job.overdue", () => _figures.OverdueSeconds, "s", "How long the longest overdue job waits for the runner");
        await base.ExecuteAsync(stoppingToken);
    }

    private protected override Task Round(CancellationToken ct) => Refresh(ct);

    /// <summary>Reads the figures now.</summary>
    internal async Task Refresh(CancellationToken ct)
    {
        var now = Time.GetUtcNow().ToUnixTimeMilliseconds();
        _figures = await database.Read(
            session => session.First<Figures>(
                """
                SELECT SUM(CASE WHEN j.status = 0 THEN 1 ELSE 0 END) AS in_progress, SUM(CASE WHEN j.status = 1 THEN 1 ELSE 0 END) AS scheduled,
                  SUM(CASE WHEN j.status = 2 THEN 1 ELSE 0 END) AS completed, SUM(CASE WHEN j.status = 3 THEN 1 ELSE 0 END) AS canceled,
                  SUM(p.queued) AS queued_executions, SUM(p.in_progress) AS started_executions, SUM(p.pending) AS pending,
                  MAX(CASE WHEN p.wake_at_ms < @now THEN (@now - p.wake_at_ms) / 1000 ELSE 0 END) AS overdue_seconds
                FROM job j JOIN job_progress p ON p.job_key = j.job_key
                """,
                new { now }),
            ct) ?? new Figures();
    }

    private protected override void Failed(StorageException failure) => LogFailed(failure);

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    private static IEnumerable<Measurement<long>> Jobs(Figures now) =>
    [
        Of(now.InProgress, "IN_PROGRESS"), Of(now.Scheduled, "SCHEDULED"), Of(now.Completed, "COMPLETED"), Of(now.Canceled, "CANCELED"),
    ];

    private static IEnumerable<Measurement<long>> Open(Figures now) => [Of(now.QueuedExecutions, "QUEUED"), Of(now.StartedExecutions, "IN_PROGRESS")];

    private static Measurement<long> Of(long value, string status) => new(value, new KeyValuePair<string, object?>("status", status));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The jobs' figures could not be read; the last ones stand")]
    private partial void LogFailed(Exception failure);

    private sealed record Figures
    {
        public long InProgress { get; init; }

        public long Scheduled { get; init; }

        public long Completed { get; init; }

        public long Canceled { get; init; }

        public long QueuedExecutions { get; init; }

        public long StartedExecutions { get; init; }

        public long Pending { get; init; }

        public long OverdueSeconds { get; init; }
    }
}
