using System.Collections.Concurrent;
using System.Security.Cryptography;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Signing;

/// <summary>
/// Carries signing jobs to their end, each by one owner. What is to be done stands in the database, so after a kill the next start goes on from the
/// last step that was recorded.
/// </summary>
public sealed partial class SigningRunner(Database database, SigningSteps steps, SigningBell bell, TimeProvider time, ILogger<SigningRunner> log) : BackgroundService
{
    /// <summary>Hashing takes a core each.</summary>
    private const int AtOnceMax = 4;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<SigningJobKey, bool> _owned = new();

    /// <summary>Those that met a fault; left alone until the next sweep.</summary>
    private readonly ConcurrentDictionary<SigningJobKey, bool> _waiting = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new List<Task>();
        await using var sweep = time.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
        try
        {
            while (true)
            {
                var max = AtOnceMax + _owned.Count + _waiting.Count;
                foreach (var key in await database.Read(session => SigningJobStore.Unfinished(session, max), stoppingToken))
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

    private async Task Carry(SigningJobKey key, CancellationToken ct)
    {
        await Task.Yield();
        try
        {
            while (await database.Read(session => SigningJobStore.Find(session, key.Account, key.JobId), ct) is { Step: not null } row)
            {
                ct.ThrowIfCancellationRequested();
                if (!await TakeStep(row, ct))
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
            LogNotRecorded(closed, key.JobId);
            _waiting.TryAdd(key, true);
        }
        finally
        {
            _owned.TryRemove(key, out _);
            bell.Ring();
            bell.TellCarried();
        }
    }

    /// <summary>A fault of the service ends the job with a reason like any refusal; only what cannot be recorded is tried again.</summary>
    private async Task<bool> TakeStep(SigningJobRow row, CancellationToken ct)
    {
        try
        {
            return await steps.Take(row, ct);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or StorageException))
        {
            LogFault(fault, row.JobId, row.Step!);
            var failed = row.Failed(fault switch
            {
                DamagedBytesException damaged => damaged.Message,
                CryptographicException => $"The key of certificate {row.CertificateArn} could not be used: it was sealed with another key than this service has. Restore that key, or import the certificate again.",
                _ => $"Step {row.Step} failed for a reason that lies in the service; its log tells more. Start another signing job.",
            });
            return await database.Write(session => SigningJobStore.Move(session, row, failed), ct);
        }
    }

    private void Sweep()
    {
        _waiting.Clear();
        bell.Ring();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Step {Step} of signing job {JobId} failed by a fault of the service")]
    private partial void LogFault(Exception fault, string jobId, string step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A step of signing job {JobId} could not be recorded; it is tried again within a minute")]
    private partial void LogNotRecorded(Exception closed, string jobId);
}
