using System.Threading.Channels;
using Godwit.Core.Jobs;
using Godwit.Server.Jobs.Device;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Jobs;

/// <summary>
/// Sends <c>notify</c> and <c>notify-next</c> after a change is durable, one change after the other, only where someone listens.
/// A lost one costs nothing for good: devices ask when they connect, and the database answers.
/// </summary>
public sealed partial class JobNotifications(Database database, IDeviceLink link, JobDelivery delivery, DeviceTrail trail, TimeProvider time, ILogger<JobNotifications> log)
    : BackgroundService
{
    /// <summary>Changes that may wait; past it a push is dropped rather than the writer held up.</summary>
    private const int WaitingMax = 65536;

    private readonly Channel<ThingChange> _waiting = Channel.CreateBounded<ThingChange>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true });

    internal static string ListTopic(string thing) => $"$aws/things/{thing}/jobs/notify";

    internal static string NextTopic(string thing) => $"$aws/things/{thing}/jobs/notify-next";

    /// <summary>Takes a change whose transaction has committed; never waits.</summary>
    internal void Enqueue(ThingChange change)
    {
        if (!link.HasSubscriber(change.Account, ListTopic(change.Thing)) && !link.HasSubscriber(change.Account, NextTopic(change.Thing)))
            return;
        if (!_waiting.Writer.TryWrite(change))
            LogDropped(change.Thing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            await SendWaiting(stoppingToken);
    }

    /// <summary>Sends all that waits now.</summary>
    internal async Task SendWaiting(CancellationToken ct)
    {
        while (_waiting.Reader.TryRead(out var change))
        {
            try
            {
                await Send(change, ct);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                LogFailed(failure, change.Thing);
            }
        }
    }

    private async Task Send(ThingChange change, CancellationToken ct)
    {
        var (list, next, nextJob) = await database.Read(session => Compose(session, change), ct);
        if (list is not null)
            link.Publish(change.Account, ListTopic(change.Thing), list, qos: 1);
        if (next is null)
            return;
        link.Publish(change.Account, NextTopic(change.Thing), next, qos: 1);
        if (nextJob is not null)
            trail.Notified(change.Account, change.Thing, nextJob);
    }

    private (byte[]? List, byte[]? Next, string? NextJob) Compose(ReadSession session, ThingChange change)
    {
        var open = JobExecutionStore.Open(session, change.Account, change.Thing);
        var changed = change.After ?? change.Before!.Value;
        var others = open.Select(row => row.ToOpen()).Where(row => row.JobId != changed.JobId || row.ExecutionNumber != changed.ExecutionNumber).ToList();
        var pushes = NotifyRule.For(change.Before, change.After, others);
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var list = pushes.List && link.HasSubscriber(change.Account, ListTopic(change.Thing)) ? DeviceJson.Notify(now, open) : null;
        if (!pushes.Next || !link.HasSubscriber(change.Account, NextTopic(change.Thing)))
            return (list, null, null);
        var head = JobExecutionStore.Head(open);
        var shown = head is null ? null : ShownExecution.Of(head, delivery.Document(session, head), time.GetUtcNow());
        return (list, DeviceJson.NotifyNext(now, shown), head?.JobId);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A push to {Thing} is dropped: too many wait; the device will ask when it next connects")]
    private partial void LogDropped(string thing);

    [LoggerMessage(Level = LogLevel.Error, Message = "A push to {Thing} could not be made")]
    private partial void LogFailed(Exception failure, string thing);
}
