using Godwit.Server.Certificates;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Provisioning.Device;

/// <summary>Deletes certificates whose devices did not provision themselves in time.</summary>
internal sealed partial class ClaimSweeper(ClaimedCertificates certificates, TimeProvider time, ILogger<ClaimSweeper> log)
    : PeriodicService(TimeSpan.FromMinutes(1), time)
{
    private protected override async Task Round(CancellationToken ct)
    {
        if (await certificates.DeleteExpired(ct) is > 0 and var deleted)
            LogDeleted(deleted);
    }

    private protected override void Failed(StorageException failure) => LogFailed(failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Certificates} certificates that nobody provisioned within an hour")]
    private partial void LogDeleted(int certificates);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Certificates with expired tokens could not be deleted; trying again in a minute")]
    private partial void LogFailed(Exception failure);
}
