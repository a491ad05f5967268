using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Jobs;

/// <summary>ListJobExecutionsForThing — GET /things/{thingName}/jobs of the control plane: the newest first, a row for each execution number.</summary>
public sealed class ListJobExecutionsForThing(Database database) : IOperation<ListJobExecutionsForThing.Request, ListJobExecutionsForThing.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public string? Status { get; init; }

        public string? NamespaceId { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }

        public string? JobId { get; init; }
    }

    public sealed record Response
    {
        public required IReadOnlyList<JobExecutionSummaryForThing> ExecutionSummaries { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record JobExecutionSummaryForThing
    {
        public required string JobId { get; init; }

        public required JobExecutionSummary JobExecutionSummary { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => List(session, caller, request), ct);

    private static Result<Response> List(ReadSession session, Caller caller, Request request)
    {
        if (!PageToken.TryRead(nameof(ListJobExecutionsForThing), request.NextToken, 3, out var after))
            return PageToken.Invalid;
        var size = request.MaxResults ?? PageToken.DefaultSize;
        // Deleted things keep their story: only a name that never had a job is unknown.
        var rows = session.Query<JobExecutionRow>(
            $"""
            SELECT {JobExecutionRow.Columns}, j.job_id FROM job_execution e JOIN job j ON j.job_key = e.job_key
            WHERE e.account = @Account AND e.thing_name = @ThingName AND j.status <> 4
              AND (@status IS NULL OR e.status = @status) AND (@JobId IS NULL OR j.job_id = @JobId) AND (@NamespaceId IS NULL OR j.namespace_id = @NamespaceId)
              AND (@queued IS NULL OR (e.queued_at_ms, e.job_key, e.execution_number) < (@queued, @key, @number))
            ORDER BY e.queued_at_ms DESC, e.job_key DESC, e.execution_number DESC LIMIT @limit
            """,
            new
            {
                caller.Account, request.ThingName, request.JobId, request.NamespaceId, limit = size + 1,
                status = (long?)JobExecutionStatuses.Parse(request.Status),
                queued = Number(after[0]), key = Number(after[1]), number = Number(after[2]),
            });
        if (rows.Count == 0 && !Membership.ThingExists(session, caller.Account, request.ThingName))
            return JobErrors.ThingNotFound(request.ThingName);
        var page = PageToken.Page(
            nameof(ListJobExecutionsForThing), rows, size,
            row => new JobExecutionSummaryForThing { JobId = row.JobId, JobExecutionSummary = JobExecutionSummary.From(row) },
            row => [$"{row.QueuedAtMs}", $"{row.JobKey}", $"{row.ExecutionNumber}"]);
        return new Response { ExecutionSummaries = page.Items, NextToken = page.NextToken };
    }

    private static long? Number(string key) => key.Length > 0 ? long.Parse(key) : null;
}
