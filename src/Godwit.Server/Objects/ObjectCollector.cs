using Godwit.Server.Hosting;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Objects;

/// <summary>Gives back the disk space of bytes that no version and no part refers to any more. The only one that removes bytes.</summary>
public sealed partial class ObjectCollector(IObjectBytes bytes, Database database, TimeProvider time, ILogger<ObjectCollector> log)
    : PeriodicService(TimeSpan.FromHours(1), time)
{
    /// <summary>One round; answers how many files went.</summary>
    public async Task<int> Collect(CancellationToken ct)
    {
        var count = await bytes.Collect(id => IsReferenced(id.Value, ct), ct);
        if (count > 0)
            LogCollected(count);
        return count;
    }

    private protected override async Task Round(CancellationToken ct)
    {
        try
        {
            await Collect(ct);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogFailed(failure);
        }
    }

    private protected override void Failed(StorageException failure) => LogFailed(failure);

    /// <summary>Reads complete at once, so nothing waits here while the store holds writers back.</summary>
    private bool IsReferenced(string bytesId, CancellationToken ct) =>
        database.Read(s => ObjectStore.IsReferenced(s, bytesId), ct).GetAwaiter().GetResult();

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} files of object bytes that nothing refers to any more")]
    private partial void LogCollected(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Unreferenced object bytes could not be removed; the next round tries again")]
    private partial void LogFailed(Exception failure);
}
