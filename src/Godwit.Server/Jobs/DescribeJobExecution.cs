using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>DescribeJobExecution of the control plane — GET /things/{thingName}/jobs/{jobId}; finished and older executions can be read too.</summary>
public sealed class DescribeJobExecution(Database database, TimeProvider time) : IOperation<DescribeJobExecution.Request, DescribeJobExecution.Response>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        public required string ThingName { get; init; }

        /// <summary>Null for the newest.</summary>
        public long? ExecutionNumber { get; init; }
    }

    public sealed record Response
    {
        public required JobExecution Execution { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(
        session => JobExecutionStore.Find(session, caller.Account, request.ThingName, request.JobId, request.ExecutionNumber) is { } row
            ? new Response { Execution = JobExecution.From(row, row.Region, time.GetUtcNow()) }
            : JobErrors.ExecutionNotFound(request.JobId, request.ThingName, request.ExecutionNumber),
        ct);
}
