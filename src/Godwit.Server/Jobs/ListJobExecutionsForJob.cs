using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>ListJobExecutionsForJob — GET /jobs/{jobId}/things, by thing name.</summary>
public sealed class ListJobExecutionsForJob(Database database) : IOperation<ListJobExecutionsForJob.Request, ListJobExecutionsForJob.Response>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        public string? Status { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response
    {
        public required IReadOnlyList<JobExecutionSummaryForJob> ExecutionSummaries { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record JobExecutionSummaryForJob
    {
        public required string ThingArn { get; init; }

        public required JobExecutionSummary JobExecutionSummary { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => List(session, caller, request), ct);

    private static Result<Response> List(ReadSession session, Caller caller, Request request)
    {
        if (!PageToken.TryRead(nameof(ListJobExecutionsForJob), request.NextToken, 2, out var after))
            return PageToken.Invalid;
        if (JobStore.Find(session, caller.Account, request.JobId) is not { } job)
            return JobErrors.NotFound(request.JobId);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        var rows = session.Query<JobExecutionRow>(
            $"""
            SELECT {JobExecutionRow.Columns} FROM job_execution e
            WHERE e.job_key = @JobKey AND (e.thing_name, e.execution_number) > (@thing, @number) AND (@status IS NULL OR e.status = @status)
            ORDER BY e.thing_name, e.execution_number LIMIT @limit
            """,
            new
            {
                job.JobKey, thing = after[0], number = after[1].Length > 0 ? long.Parse(after[1]) : 0, limit = size + 1,
                status = (long?)JobExecutionStatuses.Parse(request.Status),
            });
        var page = PageToken.Page(
            nameof(ListJobExecutionsForJob), rows, size,
            row => new JobExecutionSummaryForJob
            {
                ThingArn = Arn.Iot(job.Region, job.Account, "thing/" + row.ThingName).ToString(), JobExecutionSummary = JobExecutionSummary.From(row),
            },
            row => [row.ThingName, $"{row.ExecutionNumber}"]);
        return new Response { ExecutionSummaries = page.Items, NextToken = page.NextToken };
    }
}
