using Godwit.Core;
using Godwit.Core.Streams;
using Godwit.Server.Storage;

namespace Godwit.Server.Streams;

/// <summary>The way of other slices to what a stream holds: files with the sizes that were found when it was made.</summary>
public sealed class StreamCatalog(Database database)
{
    public async Task<Result<StreamInfo>> Find(string account, string streamId, CancellationToken ct)
    {
        var found = await database.Read(session => StreamStore.Find(session, account, streamId), ct);
        return found is null ? StreamErrors.NotFound(streamId) : found.Info;
    }
}
