using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Jobs.Device;

/// <summary>DescribeJobExecution — GET /things/{thingName}/jobs/{jobId}, and the topics <c>jobs/{jobId}/get</c>; <c>$next</c> looks at what is next and changes nothing.</summary>
public sealed class DescribeJobExecution(Database database, JobDelivery delivery, TimeProvider time, DeviceTrail trail, DataPlaneRate rate)
    : IOperation<DescribeJobExecution.Request, DescribeJobExecution.Response>
{
    public const string Next = "$next";

    public sealed record Request
    {
        public required string ThingName { get; init; }

        /// <summary>A job's id or <c>$next</c>.</summary>
        public required string JobId { get; init; }

        /// <summary>True unless said otherwise.</summary>
        public bool? IncludeJobDocument { get; init; }

        public long? ExecutionNumber { get; init; }
    }

    public sealed record Response
    {
        /// <summary>Null where nothing is pending.</summary>
        public JobExecution? Execution { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        (await Run(caller.Account, request, ct)).ToHttp(shown => new Response { Execution = JobExecution.From(shown) });

    internal async Task<DeviceResult<ShownExecution?>> Run(string account, Request request, CancellationToken ct)
    {
        if (!rate.Takes(account, writes: false))
            return DeviceRefusals.Throttled;
        var shown = await Read(account, request, ct);
        trail.Given(account, request.ThingName, shown.Value);
        return shown;
    }

    private Task<DeviceResult<ShownExecution?>> Read(string account, Request request, CancellationToken ct) => database.Read<DeviceResult<ShownExecution?>>(
        session =>
        {
            var next = request.JobId == Next;
            var row = next
                ? JobExecutionStore.Head(session, account, request.ThingName)
                : JobExecutionStore.Find(session, account, request.ThingName, request.JobId, request.ExecutionNumber);
            if (row is not null)
                return row.Status.IsTerminal() ? DeviceRefusals.Over(row, JobCancellation.Words(session, row)) : Show(session, row, request.IncludeJobDocument ?? true);
            if (!next)
                return DeviceRefusals.NotFound(JobErrors.ExecutionNotFound(request.JobId, request.ThingName, request.ExecutionNumber));
            return Membership.ThingExists(session, account, request.ThingName)
                ? (ShownExecution?)null
                : DeviceRefusals.NotFound(JobErrors.ThingNotFound(request.ThingName));
        },
        ct);

    private ShownExecution Show(ReadSession session, JobExecutionRow row, bool withDocument) =>
        ShownExecution.Of(row, withDocument ? delivery.Document(session, row) : null, time.GetUtcNow());
}
