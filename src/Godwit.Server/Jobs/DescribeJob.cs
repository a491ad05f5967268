using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>DescribeJob — GET /jobs/{jobId}</summary>
public sealed class DescribeJob(Database database, TimeProvider time) : IOperation<DescribeJob.Request, DescribeJob.Response>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        public bool? BeforeSubstitution { get; init; }
    }

    public sealed record Response
    {
        public string? DocumentSource { get; init; }

        public required Job Job { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(
        session => JobStore.Find(session, caller.Account, request.JobId) is { } row
            ? new Response { DocumentSource = row.DocumentSource, Job = Job.From(session, row, time.GetUtcNow()) }
            : JobErrors.NotFound(request.JobId),
        ct);
}
