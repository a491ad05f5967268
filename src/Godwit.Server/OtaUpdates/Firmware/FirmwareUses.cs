using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates.Firmware;

/// <summary>Which updates, of the newest, take which objects. People make updates, so there are thousands of them and not millions: what is newest is looked through.</summary>
internal static class FirmwareUses
{
    /// <summary>Updates that are looked through.</summary>
    public const int UpdatesMax = 500;

    public static List<FirmwareUse> Newest(ReadSession session, string account)
    {
        var uses = new List<FirmwareUse>();
        foreach (var row in session.Query<OtaUpdateRow>("SELECT * FROM ota_update WHERE account = @account ORDER BY created_at_ms DESC, ota_update_id DESC LIMIT @UpdatesMax", new { account, UpdatesMax }))
        {
            var request = row.ReadRequest();
            for (var i = 0; i < request.Files.Count; i++)
                if (row.LocationOf(request, i) is { Bucket: { } bucket, Key: { } key } place)
                    uses.Add(new FirmwareUse(row, request, i, bucket, key, place.Version));
        }
        return uses;
    }
}

/// <summary>A file of an update, and the object that it takes.</summary>
/// <param name="Version">Null for the latest at the time of asking.</param>
internal sealed record FirmwareUse(OtaUpdateRow Update, CreateOtaUpdate.Request Request, int Index, string Bucket, string Key, string? Version)
{
    public bool Takes(string bucket, string key, string versionId, bool isLatest) => Bucket == bucket && Key == key && (Version == versionId || (Version is null && isLatest));
}
