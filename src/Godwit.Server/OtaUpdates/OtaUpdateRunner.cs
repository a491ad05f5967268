using System.Collections.Concurrent;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.OtaUpdates;

/// <summary>
/// Carries creations and deletions to their end, several at once, each by one owner. What is to be done stands in the database,
/// so after a kill the next start goes on from the last step that was recorded.
/// </summary>
public sealed partial class OtaUpdateRunner(
    Database database, OtaUpdateCreation creation, OtaUpdateDeletion deletion, OtaUpdateBell bell, TimeProvider time, ILogger<OtaUpdateRunner> log) : BackgroundService
{
    /// <summary>How many are carried at once; each waits for commits that are shared anyway.</summary>
    private const int AtOnceMax = 16;

    /// <summary>How often the database is looked at though nobody rang, and updates that had to wait are tried again.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<OtaUpdateKey, bool> _owned = new();

    /// <summary>Those that met a fault or must wait for others; left alone until the next sweep.</summary>
    private readonly ConcurrentDictionary<OtaUpdateKey, bool> _waiting = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new List<Task>();
        await using var sweep = time.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
        try
        {
            while (true)
            {
                // Owned and waiting rows are among those found, so ask for enough to see past them.
                var max = AtOnceMax + _owned.Count + _waiting.Count;
                foreach (var key in await database.Read(session => OtaUpdateStore.Unfinished(session, max), stoppingToken))
                {
                    if (_owned.Count < AtOnceMax && !_waiting.ContainsKey(key) && _owned.TryAdd(key, true))
                        running.Add(Carry(key, stoppingToken));
                }
                running.RemoveAll(task => task.IsCompleted);
                await bell.Heard(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task Carry(OtaUpdateKey key, CancellationToken ct)
    {
        await Task.Yield();
        try
        {
            while (await Find(key, ct) is { Step: not null } row)
            {
                ct.ThrowIfCancellationRequested();
                if (await TakeStep(row, ct))
                    continue;
                _waiting.TryAdd(key, true);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: the next start goes on from the step that stands in the database.
            _waiting.TryAdd(key, true);
        }
        catch (StorageException closed)
        {
            LogNotRecorded(closed, key.OtaUpdateId);
            _waiting.TryAdd(key, true);
        }
        finally
        {
            _owned.TryRemove(key, out _);
            bell.Ring();
            bell.TellCarried();
        }
    }

    /// <summary>A fault of the service ends the update with an errorInfo like any refusal; only what cannot be recorded is tried again.</summary>
    private async Task<bool> TakeStep(OtaUpdateRow row, CancellationToken ct)
    {
        var isDeletion = row.Status == OtaUpdateStatus.DeleteInProgress;
        try
        {
            return await (isDeletion ? deletion.Take(row, ct) : creation.Take(row, ct));
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or StorageException))
        {
            LogFault(fault, row.OtaUpdateId, row.Step!);
            var failed = row.Failed(isDeletion ? OtaUpdateStatus.DeleteFailed : OtaUpdateStatus.CreateFailed, OtaUpdateErrors.Internal(row.Step!));
            return await database.Write(session => OtaUpdateStore.Move(session, row, failed, row.CallerArn, row.Step!), ct);
        }
    }

    private Task<OtaUpdateRow?> Find(OtaUpdateKey key, CancellationToken ct) =>
        database.Read(session => OtaUpdateStore.Find(session, key.Account, key.OtaUpdateId), ct);

    private void Sweep()
    {
        _waiting.Clear();
        bell.Ring();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Step {Step} of OTA update {OtaUpdateId} failed by a fault of the service")]
    private partial void LogFault(Exception fault, string otaUpdateId, string step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A step of OTA update {OtaUpdateId} could not be recorded; it is tried again within a minute")]
    private partial void LogNotRecorded(Exception closed, string otaUpdateId);
}
