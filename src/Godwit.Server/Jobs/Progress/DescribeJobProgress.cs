using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Progress;

/// <summary>
/// DescribeJobProgress — GET /godwit/jobs/{jobId}/progress: how a rollout goes. Counts are the job's own; curve, steps and causes come from its executions, of
/// jobs with more than a hundred thousand from the first of them by name.
/// </summary>
public sealed class DescribeJobProgress : IOperation<DescribeJobProgress.Request, DescribeJobProgress.Response>
{
    private readonly Database _database;
    private readonly JobPictures _pictures;

    internal DescribeJobProgress(Database database, JobPictures pictures) => (_database, _pictures) = (database, pictures);

    public sealed record Request(string JobId);

    public sealed record Response
    {
        public required string JobId { get; init; }

        public required string Status { get; init; }

        public required bool Paused { get; init; }

        public string? ReasonCode { get; init; }

        public string? Comment { get; init; }

        public required DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? CompletedAt { get; init; }

        /// <summary>Things that the job has come to, will come to, or would have come to.</summary>
        public required long Things { get; init; }

        /// <summary>Those that it has not come to yet.</summary>
        public required long Pending { get; init; }

        /// <summary>Those that it had not come to when it was stopped, and never will.</summary>
        public long Spared { get; init; }

        /// <summary>Targets are still being resolved: <see cref="Things"/> grows.</summary>
        public required bool Resolving { get; init; }

        public required JobCounts Counts { get; init; }

        public required long Retried { get; init; }

        /// <summary>Of those in progress, how many test their new image.</summary>
        public required long SelfTest { get; init; }

        public required RateNow Rate { get; init; }

        public required IReadOnlyList<AbortBar> Abort { get; init; }

        public required long BucketSeconds { get; init; }

        public required IReadOnlyList<JobCurvePoint> Curve { get; init; }

        public required JobSteps Steps { get; init; }

        public required IReadOnlyList<FailureCluster> Failures { get; init; }

        /// <summary>Things in progress that have been silent for longest, the longest first.</summary>
        public required IReadOnlyList<QuietThing> Quiet { get; init; }

        public required long Scanned { get; init; }

        public required bool IsSample { get; init; }

        /// <summary>Curve, steps, causes and the quiet ones of a large job are being drawn: ask again in a moment. The counts are there.</summary>
        public required bool IsBeingDrawn { get; init; }

        /// <summary>The last record of the job's journal that is in here.</summary>
        public required long Seq { get; init; }
    }

    /// <summary>The rate in force, and what earns the next.</summary>
    public sealed record RateNow(int PerMinute, int MaximumPerMinute, int? BasePerMinute, double? Factor, int? EveryThings, bool? BySucceeded);

    /// <summary>How near a criterion is: it stops the job at <see cref="ThresholdPercentage"/> of at least <see cref="MinNumberOfExecutedThings"/>.</summary>
    public sealed record AbortBar(string FailureType, double ThresholdPercentage, int MinNumberOfExecutedThings, long Failures, long Executed);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        _database.Read(session => Describe(session, caller.Account, request.JobId), ct);

    private Result<Response> Describe(ReadSession session, string account, string jobId)
    {
        if (JobStore.Find(session, account, jobId) is not { } job)
            return JobErrors.NotFound(jobId);
        var progress = JobStore.Progress(session, job.JobKey);
        var counts = progress.ToCounts();
        var drawn = _pictures.Of(session, job, counts.All + progress.Pending);
        var picture = drawn ?? JobPicture.None;
        return new Response
        {
            JobId = job.JobId,
            Status = job.Status.Wire(),
            Paused = job.Paused != 0,
            ReasonCode = job.ReasonCode,
            Comment = job.Comment,
            CreatedAt = JobTime.At(job.CreatedAtMs),
            CompletedAt = JobTime.At(job.CompletedAtMs),
            Things = counts.All - progress.Retried + progress.Pending + progress.Spared,
            Spared = progress.Spared,
            Pending = progress.Pending,
            Resolving = progress.Expanding != 0,
            Counts = counts,
            Retried = progress.Retried,
            SelfTest = Math.Min(counts.InProgress, picture.IsSample ? picture.SelfTest * counts.All / Math.Max(1, picture.Scanned) : picture.SelfTest),
            Rate = Rate(job, counts, progress.Retried),
            Abort = Bars(job, counts),
            BucketSeconds = picture.BucketSeconds,
            Curve = picture.Curve,
            Steps = picture.Steps,
            Failures = picture.Failures,
            Quiet = picture.Quiet,
            Scanned = picture.Scanned,
            IsSample = picture.IsSample,
            IsBeingDrawn = drawn is null,
            Seq = picture.Seq,
        };
    }

    private static RateNow Rate(JobRow job, JobCounts counts, long retried)
    {
        var rate = JobConfigs.Rate(JobJson.Read<JobExecutionsRolloutConfig>(job.RolloutConfig));
        return new RateNow(
            rate.PerMinute(counts.All - retried, counts.Succeeded), rate.MaximumPerMinute, rate.Growth?.BasePerMinute, rate.Growth?.Factor, rate.Growth?.Every.Things,
            rate.Growth?.Every.BySucceeded);
    }

    private static List<AbortBar> Bars(JobRow job, JobCounts counts) =>
    [
        .. (JobJson.Read<AbortConfig>(job.AbortConfig)?.CriteriaList ?? []).Select(criterion => new AbortBar(
            criterion.FailureType, criterion.ThresholdPercentage, criterion.MinNumberOfExecutedThings, Failures(criterion.FailureType, counts), counts.Executed)),
    ];

    private static long Failures(string type, JobCounts counts) => type switch
    {
        "FAILED" => counts.Failed,
        "REJECTED" => counts.Rejected,
        "TIMED_OUT" => counts.TimedOut,
        _ => counts.Failed + counts.Rejected + counts.TimedOut,
    };
}
