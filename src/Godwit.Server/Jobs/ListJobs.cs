using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>ListJobs — GET /jobs, the newest first.</summary>
public sealed class ListJobs(Database database) : IOperation<ListJobs.Request, ListJobs.Response>
{
    public sealed record Request
    {
        public string? Status { get; init; }

        public string? TargetSelection { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }

        public string? ThingGroupName { get; init; }

        public string? ThingGroupId { get; init; }

        public string? NamespaceId { get; init; }
    }

    public sealed record Response
    {
        public required IReadOnlyList<JobSummary> Jobs { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record JobSummary
    {
        public required string JobArn { get; init; }

        public required string JobId { get; init; }

        public required string TargetSelection { get; init; }

        public required string Status { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset LastUpdatedAt { get; init; }

        public DateTimeOffset? CompletedAt { get; init; }

        public bool? IsConcurrent { get; init; }
    }

    // One bound that is always there, so that a page is found in its key however deep it lies.
    internal const string NewestFirst =
        """
        SELECT j.job_key, j.account, j.job_id, j.region, j.status, j.target_selection, j.created_at_ms, j.last_updated_at_ms, j.completed_at_ms,
          p.pending, p.expanding, p.sweep
        FROM job j CROSS JOIN job_progress p
        WHERE p.job_key = j.job_key AND j.account = @Account
          AND (@status IS NULL OR j.status = @status) AND (@TargetSelection IS NULL OR j.target_selection = @TargetSelection)
          AND (@NamespaceId IS NULL OR j.namespace_id = @NamespaceId)
          AND (@ThingGroupName IS NULL OR EXISTS (SELECT 1 FROM job_target t WHERE t.job_key = j.job_key AND t.group_name = @ThingGroupName))
          AND (@ThingGroupId IS NULL OR EXISTS (
            SELECT 1 FROM job_target t JOIN thing_group g ON g.account = t.account AND g.group_name = t.group_name
            WHERE t.job_key = j.job_key AND g.group_id = @ThingGroupId))
          AND (j.created_at_ms, j.job_key) < (@created, @key)
        ORDER BY j.created_at_ms DESC, j.job_key DESC LIMIT @limit
        """;

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => List(session, caller, request), ct);

    private static Result<Response> List(ReadSession session, Caller caller, Request request)
    {
        if (!PageToken.TryRead(nameof(ListJobs), request.NextToken, 2, out var after))
            return PageToken.Invalid;
        var size = request.MaxResults ?? PageToken.DefaultSize;
        var rows = session.Query<ListedRow>(
            NewestFirst,
            new
            {
                caller.Account, request.TargetSelection, request.NamespaceId, request.ThingGroupName, request.ThingGroupId, limit = size + 1,
                status = (long?)JobStatuses.Parse(request.Status), created = Number(after[0]) ?? long.MaxValue, key = Number(after[1]) ?? long.MaxValue,
            });
        var page = PageToken.Page(nameof(ListJobs), rows, size, Summary, row => [$"{row.CreatedAtMs}", $"{row.JobKey}"]);
        return new Response { Jobs = page.Items, NextToken = page.NextToken };
    }

    private static JobSummary Summary(ListedRow row) => new()
    {
        JobArn = Arn.Iot(row.Region, row.Account, "job/" + row.JobId).ToString(),
        JobId = row.JobId,
        TargetSelection = row.TargetSelection,
        Status = row.Status.Wire(),
        CreatedAt = JobTime.At(row.CreatedAtMs),
        LastUpdatedAt = JobTime.At(row.LastUpdatedAtMs),
        CompletedAt = JobTime.At(row.CompletedAtMs),
        IsConcurrent = Job.Concurrent(row.Status, new JobProgressRow { Pending = row.Pending, Expanding = row.Expanding, Sweep = row.Sweep }),
    };

    private static long? Number(string key) => key.Length > 0 ? long.Parse(key) : null;

    private sealed record ListedRow
    {
        public long JobKey { get; init; }

        public string Account { get; init; } = "";

        public string JobId { get; init; } = "";

        public string Region { get; init; } = "";

        public JobStatus Status { get; init; }

        public string TargetSelection { get; init; } = "";

        public long CreatedAtMs { get; init; }

        public long LastUpdatedAtMs { get; init; }

        public long? CompletedAtMs { get; init; }

        public long Pending { get; init; }

        public long Expanding { get; init; }

        public long Sweep { get; init; }
    }
}
