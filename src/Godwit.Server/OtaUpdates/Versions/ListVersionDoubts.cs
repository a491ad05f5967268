using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Why;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates.Versions;

/// <summary>
/// ListVersionDoubts — GET /godwit/fleet/doubts: devices whose update succeeded by their own report, and of which something newer shows another version; the newest
/// doubt first. With <c>?thing=NAME</c> what is known of one device.
/// </summary>
public sealed class ListVersionDoubts(Database database, TimeProvider time) : IOperation<ListVersionDoubts.Request, ListVersionDoubts.Response>
{
    private const int ShownMax = 50;

    /// <summary>Beyond this a number says no more than "many".</summary>
    private const int CountedMax = 10_000;

    public sealed record Request(string? ThingName);

    /// <param name="Count">Devices in doubt, up to ten thousand; for one device 0 or 1.</param>
    public sealed record Response(long Count, IReadOnlyList<Device> Things);

    /// <param name="Claimed">The version of the last update that succeeded by the device's report.</param>
    /// <param name="Evidence">CLAIMED, VERIFIED or CONTRADICTED.</param>
    /// <param name="Reported">What the device itself said it runs when it made the claim, where it did.</param>
    /// <param name="Attribute">What the thing's attributes say.</param>
    public sealed record Device(string ThingName, string Claimed, DateTimeOffset Since, string Evidence, string? Reported, string? Attribute);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read<Result<Response>>(session => request.ThingName is { } thing ? One(session, caller.Account, thing) : List(session, caller.Account), ct);

    private Response List(ReadSession session, string account)
    {
        var args = new { account, nowMs = time.GetUtcNow().ToUnixTimeMilliseconds(), ShownMax, CountedMax };
        var rows = session.Query<VersionRow>(
            $"{VersionRow.Select} WHERE account = @account AND doubt_at_ms IS NOT NULL AND doubt_at_ms <= @nowMs ORDER BY doubt_at_ms DESC LIMIT @ShownMax", args);
        var count = rows.Count < ShownMax ? rows.Count : session.First<long>(
            "SELECT COUNT(*) FROM (SELECT 1 FROM thing_version WHERE account = @account AND doubt_at_ms IS NOT NULL AND doubt_at_ms <= @nowMs LIMIT @CountedMax) d", args);
        return new Response(count, [.. rows.Select(row => Of(row, VersionEvidence.Contradicted))]);
    }

    private Response One(ReadSession session, string account, string thing)
    {
        if (session.First<VersionRow>($"{VersionRow.Select} WHERE account = @account AND thing_name = @thing", new { account, thing }) is not { } row)
            return new Response(0, []);
        // A doubt that does not count yet is none.
        var waits = row.DoubtAtMs > time.GetUtcNow().ToUnixTimeMilliseconds();
        var evidence = waits ? VersionEvidence.Claimed : (VersionEvidence)row.Evidence;
        return new Response(evidence == VersionEvidence.Contradicted ? 1 : 0, [Of(row, evidence)]);
    }

    private static Device Of(VersionRow row, VersionEvidence evidence) => new(
        row.ThingName, row.Version, DateTimeOffset.FromUnixTimeMilliseconds(row.SinceMs), evidence.ToString().ToUpperInvariant(), row.Reported, row.Attribute);
}
