using System.Threading.Channels;
using Godwit.Core.Jobs;
using Godwit.Server.Jobs.Device;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs;

/// <summary>
/// Sends <c>notify</c> and <c>notify-next</c> after a change is durable, one change after the other, once each, only where someone listens.
/// One that is lost, where the process ends between the two, costs nothing for good: devices ask when they connect, and the database answers.
/// </summary>
public sealed partial class JobNotifications(Database database, IDeviceLink link, JobDelivery delivery, DeviceTrail trail, TimeProvider time, ILogger<JobNotifications> log)
    : BackgroundService
{
    /// <summary>Changes that may wait; past it a push is dropped rather than the writer held up.</summary>
    private const int WaitingMax = 65536;

    private readonly Channel<ThingPush> _waiting = Channel.CreateBounded<ThingPush>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true });

    internal static string ListTopic(string thing) => $"$aws/things/{thing}/jobs/notify";

    internal static string NextTopic(string thing) => $"$aws/things/{thing}/jobs/notify-next";

    /// <summary>What is to be sent of a change once it is durable; null for nothing, or where nobody listens. Asked in the transaction, after the row has changed.</summary>
    internal ThingPush? Plan(WriteSession session, ThingChange change)
    {
        if (!link.HasSubscriber(change.Account, ListTopic(change.Thing)) && !link.HasSubscriber(change.Account, NextTopic(change.Thing)))
            return null;
        var changed = change.After ?? change.Before!.Value;
        var others = JobExecutionStore.Told(session, change.Account, change.Thing);
        others.RemoveAll(open => open.JobId == changed.JobId && open.ExecutionNumber == changed.ExecutionNumber);
        var pushes = NotifyRule.For(change.Before, change.After, others);
        if (pushes == default)
            return null;
        var head = ExecutionQueue.Head(change.After is { } after ? others.Append(after) : others);
        return new ThingPush(change.Account, change.Thing, pushes.List, pushes.Next, head is { } next ? (next.JobId, next.ExecutionNumber) : null);
    }

    /// <summary>Takes what is to be sent of a change that is durable; never waits.</summary>
    internal void Enqueue(ThingPush push)
    {
        if (!_waiting.Writer.TryWrite(push))
            LogDropped(push.Thing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            await SendWaiting(stoppingToken);
    }

    /// <summary>Sends all that waits now.</summary>
    internal async Task SendWaiting(CancellationToken ct)
    {
        while (_waiting.Reader.TryRead(out var push))
        {
            try
            {
                await Send(push, ct);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                LogFailed(failure, push.Thing);
            }
        }
    }

    private async Task Send(ThingPush push, CancellationToken ct)
    {
        var (list, next, nextJob) = await database.Read(session => Compose(session, push), ct);
        if (list is not null)
            link.Publish(push.Account, ListTopic(push.Thing), list, qos: 1);
        if (next is null)
            return;
        link.Publish(push.Account, NextTopic(push.Thing), next, qos: 1);
        if (nextJob is not null)
            trail.Notified(push.Account, push.Thing, nextJob);
    }

    /// <summary>Lists are as they are by now. An execution that is not the next one any more is not told of: the change that came between tells what is.</summary>
    private (byte[]? List, byte[]? Next, string? NextJob) Compose(ReadSession session, ThingPush push)
    {
        var open = JobExecutionStore.Open(session, push.Account, push.Thing);
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var list = push.List && link.HasSubscriber(push.Account, ListTopic(push.Thing)) ? DeviceJson.Notify(now, open) : null;
        var head = JobExecutionStore.Head(open);
        if (!push.Next || (head is null ? push.Head is not null : push.Head != (head.JobId, head.ExecutionNumber)) || !link.HasSubscriber(push.Account, NextTopic(push.Thing)))
            return (list, null, null);
        var shown = head is null ? null : ShownExecution.Of(head, delivery.Document(session, head), time.GetUtcNow());
        return (list, DeviceJson.NotifyNext(now, shown), head?.JobId);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A push to {Thing} is dropped: too many wait; the device will ask when it next connects")]
    private partial void LogDropped(string thing);

    [LoggerMessage(Level = LogLevel.Error, Message = "A push to {Thing} could not be made")]
    private partial void LogFailed(Exception failure, string thing);
}
