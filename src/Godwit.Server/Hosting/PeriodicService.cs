using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.Hosting;

/// <summary>Does its round again and again, with a pause between two, until the service stops. What a round leaves undone the next one finds.</summary>
/// <param name="pause">Between two rounds.</param>
/// <param name="time">Measures the pause.</param>
/// <param name="atOnce">Whether the first round is done at the start, not a pause after it.</param>
public abstract class PeriodicService(TimeSpan pause, TimeProvider time, bool atOnce = false) : BackgroundService
{
    protected TimeProvider Time => time;

    private protected abstract Task Round(CancellationToken ct);

    /// <summary>The database was away, and the next round tries again. Says nothing unless a service has something to say.</summary>
    private protected virtual void Failed(StorageException failure)
    {
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(pause, time);
        try
        {
            if (atOnce)
                await TryRound(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryRound(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start goes on.
        }
    }

    private async Task TryRound(CancellationToken ct)
    {
        try
        {
            await Round(ct);
        }
        catch (StorageException failure)
        {
            Failed(failure);
        }
    }
}
