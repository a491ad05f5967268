using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Jobs.Device;

/// <summary>GetPendingJobExecutions — GET /things/{thingName}/jobs, and the topic <c>jobs/get</c>.</summary>
public sealed class GetPendingJobExecutions(Database database, DataPlaneRate rate) : IOperation<GetPendingJobExecutions.Request, GetPendingJobExecutions.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }
    }

    public sealed record Response
    {
        public required IReadOnlyList<JobExecutionSummary> InProgressJobs { get; init; }

        public required IReadOnlyList<JobExecutionSummary> QueuedJobs { get; init; }
    }

    /// <summary>Times in whole seconds.</summary>
    public sealed record JobExecutionSummary
    {
        public required string JobId { get; init; }

        public long QueuedAt { get; init; }

        public long? StartedAt { get; init; }

        public long LastUpdatedAt { get; init; }

        public long VersionNumber { get; init; }

        public long ExecutionNumber { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        (await Run(caller.Account, request.ThingName, ct)).ToHttp(open => new Response
        {
            InProgressJobs = Summaries(open, JobExecutionStatus.InProgress),
            QueuedJobs = Summaries(open, JobExecutionStatus.Queued),
        });

    internal async Task<DeviceResult<List<DeviceExecutionRow>>> Run(string account, string thing, CancellationToken ct) =>
        rate.Takes(account, writes: false) ? await Read(account, thing, ct) : DeviceRefusals.Throttled;

    private Task<DeviceResult<List<DeviceExecutionRow>>> Read(string account, string thing, CancellationToken ct) => database.Read(
        session =>
        {
            var open = JobExecutionStore.Open(session, account, thing);
            return open.Count == 0 && !Membership.ThingExists(session, account, thing)
                ? DeviceRefusals.NotFound(JobErrors.ThingNotFound(thing))
                : (DeviceResult<List<DeviceExecutionRow>>)open;
        },
        ct);

    private static List<JobExecutionSummary> Summaries(List<DeviceExecutionRow> open, JobExecutionStatus status) =>
        DeviceJson.Listed(open, status).ConvertAll(row => new JobExecutionSummary
        {
            JobId = row.JobId,
            QueuedAt = JobTime.Seconds(row.QueuedAtMs),
            StartedAt = JobTime.Seconds(row.StartedAtMs),
            LastUpdatedAt = JobTime.Seconds(row.LastUpdatedAtMs),
            VersionNumber = row.Version,
            ExecutionNumber = row.ExecutionNumber,
        });
}
