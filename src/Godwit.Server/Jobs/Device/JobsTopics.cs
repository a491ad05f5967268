using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs.Device;

/// <summary>The jobs topics of devices: reads the payload, enters the operation that HTTP enters too, and writes the reply.</summary>
public sealed partial class JobsTopics(
    GetPendingJobExecutions getPending, StartNextPendingJobExecution startNext, DescribeJobExecution describe, UpdateJobExecution update,
    JobNotifications notifications, TimeProvider time, ILogger<JobsTopics> log) : ITopicService
{
    public string Area => "jobs";

    public IReadOnlyList<string> RequestTopics { get; } = ["get", "start-next", "{jobId}/get", "{jobId}/update"];

    public async Task Handle(TopicRequest request, CancellationToken ct)
    {
        var asked = DeviceRequest.Parse(request.Payload);
        try
        {
            await (request.Rest.Split('/') switch
            {
                _ when asked.Refusal is not null => Reject(request, asked, asked.Refusal),
                ["get"] => GetPending(request, asked, ct),
                ["start-next"] => StartNext(request, asked, ct),
                [{ Length: > 0 } jobId, "get"] => Describe(request, asked, jobId, ct),
                [{ Length: > 0 } jobId, "update"] when jobId != DescribeJobExecution.Next => Update(request, asked, jobId, ct),
                _ => Reject(request, asked, DeviceRefusals.InvalidTopic(request.Topic)),
            });
        }
        catch (StorageException)
        {
            // The storage has said why in the log; the device is told to come again.
            await Reject(request, asked, DeviceRefusals.Unavailable);
        }
    }

    private async Task GetPending(TopicRequest request, DeviceRequest asked, CancellationToken ct)
    {
        var result = await getPending.Run(request.Caller.Account, request.Thing, ct);
        Answer(request, asked, result.Refusal, now => DeviceJson.Pending(asked.ClientToken, now, result.Value!));
    }

    private async Task StartNext(TopicRequest request, DeviceRequest asked, CancellationToken ct)
    {
        var result = await startNext.Run(
            request.Caller,
            new StartNextPendingJobExecution.Request
            {
                ThingName = request.Thing, StatusDetails = asked.StatusDetails, StepTimeoutInMinutes = asked.StepTimeoutInMinutes,
            },
            ct);
        Answer(request, asked, result.Refusal, now => DeviceJson.Execution(asked.ClientToken, now, result.Value));
    }

    private async Task Describe(TopicRequest request, DeviceRequest asked, string jobId, CancellationToken ct)
    {
        var result = await describe.Run(
            request.Caller.Account,
            new DescribeJobExecution.Request
            {
                ThingName = request.Thing, JobId = jobId, ExecutionNumber = asked.ExecutionNumber, IncludeJobDocument = asked.IncludeJobDocument,
            },
            ct);
        Answer(request, asked, result.Refusal, now => DeviceJson.Execution(asked.ClientToken, now, result.Value));
    }

    private async Task Update(TopicRequest request, DeviceRequest asked, string jobId, CancellationToken ct)
    {
        if (asked.Status is null)
        {
            await Reject(request, asked, DeviceRefusals.InvalidRequest("status is missing. Report IN_PROGRESS, SUCCEEDED, FAILED or REJECTED."));
            return;
        }
        var result = await update.Run(
            request.Caller,
            new UpdateJobExecution.Request
            {
                ThingName = request.Thing,
                JobId = jobId,
                Status = asked.Status,
                StatusDetails = asked.StatusDetails,
                ExpectedVersion = asked.ExpectedVersion,
                ExecutionNumber = asked.ExecutionNumber,
                StepTimeoutInMinutes = asked.StepTimeoutInMinutes,
                IncludeJobDocument = asked.IncludeJobDocument,
                IncludeJobExecutionState = asked.IncludeJobExecutionState,
            },
            ct);
        Answer(request, asked, result.Refusal, now => DeviceJson.Updated(asked.ClientToken, now, result.Value!.State, result.Value.Document));
        // Only now: accepted comes before notify and notify-next.
        if (result.Value?.Push is { } push)
            notifications.Enqueue(push);
    }

    private void Answer(TopicRequest request, DeviceRequest asked, DeviceRefusal? refusal, Func<long, byte[]> accepted)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (refusal is null)
            request.Reply(request.Topic + "/accepted", accepted(now));
        else
            request.Reply(request.Topic + "/rejected", DeviceJson.Rejected(refusal, asked.ClientToken, now));
        LogAnswered(EventOf(request.Rest), refusal is null ? "Success" : "Failure", request.Thing, request.Topic, request.Caller.CertificateId ?? "", request.Caller.Account, asked.Status ?? "", refusal?.Error.Message ?? "");
    }

    /// <summary>The names under which AWS logs them.</summary>
    private static string EventOf(string rest) => rest switch
    {
        "get" => "GetPendingJobExecution",
        "start-next" => "StartNextPendingJobExecution",
        _ when rest.EndsWith("/update", StringComparison.Ordinal) => "UpdateJobExecution",
        _ => "DescribeJobExecution",
    };

    [LoggerMessage(Level = LogLevel.Debug, Message = "{eventType} {status} for {thingName} on {topicName} by {principalId}, account {accountId}, protocol MQTT: {details} {reason}")]
    private partial void LogAnswered(string eventType, string status, string thingName, string topicName, string principalId, string accountId, string details, string reason);

    private Task Reject(TopicRequest request, DeviceRequest asked, DeviceRefusal refusal)
    {
        Answer(request, asked, refusal, _ => []);
        return Task.CompletedTask;
    }
}
