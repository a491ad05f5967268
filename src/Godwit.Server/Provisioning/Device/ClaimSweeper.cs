using Godwit.Server.Certificates;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Provisioning.Device;

/// <summary>Deletes certificates whose devices did not provision themselves in time.</summary>
internal sealed partial class ClaimSweeper(ClaimedCertificates certificates, TimeProvider time, ILogger<ClaimSweeper> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await Sweep(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start goes on.
        }
    }

    private async Task Sweep(CancellationToken ct)
    {
        try
        {
            if (await certificates.DeleteExpired(ct) is > 0 and var deleted)
                LogDeleted(deleted);
        }
        catch (StorageException failure)
        {
            LogFailed(failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Certificates} certificates that nobody provisioned within an hour")]
    private partial void LogDeleted(int certificates);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Certificates with expired tokens could not be deleted; trying again in a minute")]
    private partial void LogFailed(Exception failure);
}
