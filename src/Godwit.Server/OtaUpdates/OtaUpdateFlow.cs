using Godwit.Core.Why;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates;

/// <summary>How an OTA update reaches its devices: what other slices may know of it.</summary>
public sealed record OtaUpdateFlow(UpdateFact Fact, string? JobId)
{
    public static OtaUpdateFlow? Find(ReadSession session, string account, string otaUpdateId)
    {
        if (OtaUpdateStore.Find(session, account, otaUpdateId) is not { } row)
            return null;
        var asked = row.ReadRequest();
        var streamId = row.StreamId ?? asked.Files.Select(file => file.FileLocation?.Stream?.StreamId).FirstOrDefault(id => id is not null);
        return new OtaUpdateFlow(
            new UpdateFact(
                row.OtaUpdateId, row.Status, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), row.ErrorCode, row.ErrorMessage, OtaUpdateRules.Protocols(asked), streamId),
            row.JobId);
    }
}
