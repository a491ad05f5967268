using System.Collections.Concurrent;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Hosting;

/// <summary>
/// Carries rows to the end of their steps, several at once, each by one owner. What is to be done stands in the database, so after a kill the next start goes
/// on from the last step that was recorded.
/// </summary>
/// <typeparam name="TKey">What names a row.</typeparam>
/// <typeparam name="TRow">The row with its step.</typeparam>
internal abstract partial class StepRunner<TKey, TRow>(Database database, StepBell bell, TimeProvider time, ILogger log) : BackgroundService
    where TKey : notnull
    where TRow : class
{
    /// <summary>How often the database is looked at though nobody rang, and those that had to wait are tried again.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TKey, bool> _owned = new();

    /// <summary>Those that met a fault or must wait for others; left alone until the next sweep.</summary>
    private readonly ConcurrentDictionary<TKey, bool> _waiting = new();

    /// <summary>How many are carried at once.</summary>
    protected abstract int AtOnceMax { get; }

    /// <summary>Rows that have a step to do, the oldest first.</summary>
    protected abstract IReadOnlyList<TKey> Unfinished(ReadSession session, int max);

    /// <summary>The row while it has a step to do, else null.</summary>
    protected abstract TRow? Due(ReadSession session, TKey key);

    protected abstract string StepOf(TRow row);

    /// <summary>Takes the row's next step and records what came of it; false if it must wait, or somebody else has moved it.</summary>
    protected abstract Task<bool> Take(TRow row, CancellationToken ct);

    /// <summary>Ends the row by a fault of the service, with a reason like any refusal; false if somebody else has moved it.</summary>
    protected abstract bool Fail(WriteSession session, TRow row, Exception fault);

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
                foreach (var key in await database.Read(session => Unfinished(session, max), stoppingToken))
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

    private async Task Carry(TKey key, CancellationToken ct)
    {
        await Task.Yield();
        try
        {
            while (await database.Read(session => Due(session, key), ct) is { } row)
            {
                ct.ThrowIfCancellationRequested();
                if (await TakeStep(key, row, ct))
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
            // Only what cannot be recorded is tried again.
            LogNotRecorded(closed, key);
            _waiting.TryAdd(key, true);
        }
        finally
        {
            _owned.TryRemove(key, out _);
            bell.Ring();
            bell.TellCarried();
        }
    }

    private async Task<bool> TakeStep(TKey key, TRow row, CancellationToken ct)
    {
        try
        {
            return await Take(row, ct);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or StorageException))
        {
            LogFault(fault, StepOf(row), key);
            return await database.Write(session => Fail(session, row, fault), ct);
        }
    }

    private void Sweep()
    {
        _waiting.Clear();
        bell.Ring();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Step {Step} of {Key} failed by a fault of the service")]
    private partial void LogFault(Exception fault, string step, TKey key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A step of {Key} could not be recorded; it is tried again within a minute")]
    private partial void LogNotRecorded(Exception closed, TKey key);
}
