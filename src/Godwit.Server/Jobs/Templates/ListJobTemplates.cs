using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Templates;

/// <summary>ListJobTemplates — GET /job-templates, the newest first.</summary>
public sealed class ListJobTemplates(Database database) : IOperation<ListJobTemplates.Request, ListJobTemplates.Response>
{
    public sealed record Request
    {
        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response
    {
        public required IReadOnlyList<JobTemplateSummary> JobTemplates { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record JobTemplateSummary
    {
        public required string JobTemplateArn { get; init; }

        public required string JobTemplateId { get; init; }

        public required string Description { get; init; }

        public DateTimeOffset CreatedAt { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => List(session, caller.Account, request), ct);

    private static Result<Response> List(ReadSession session, string account, Request request)
    {
        if (!PageToken.TryRead(nameof(ListJobTemplates), request.NextToken, 2, out var after))
            return PageToken.Invalid;
        var size = request.MaxResults ?? PageToken.DefaultSize;
        var rows = session.Query<JobTemplateRow>(
            """
            SELECT account, template_id, region, created_at_ms, description FROM job_template
            WHERE account = @account AND (@created IS NULL OR (created_at_ms, template_id) < (@created, @id))
            ORDER BY created_at_ms DESC, template_id DESC LIMIT @limit
            """,
            new { account, created = after[0].Length > 0 ? long.Parse(after[0]) : (long?)null, id = after[1], limit = size + 1 });
        var page = PageToken.Page(
            nameof(ListJobTemplates), rows, size,
            row => new JobTemplateSummary
            {
                JobTemplateArn = row.Arn, JobTemplateId = row.TemplateId, Description = row.Description, CreatedAt = JobTime.At(row.CreatedAtMs),
            },
            row => [$"{row.CreatedAtMs}", row.TemplateId]);
        return new Response { JobTemplates = page.Items, NextToken = page.NextToken };
    }
}
