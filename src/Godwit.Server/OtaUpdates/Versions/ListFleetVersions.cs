using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates.Versions;

/// <summary>
/// ListFleetVersions — GET /godwit/fleet/versions: how many things run which version, and how that came to be over a span of time. A version is the fileVersion of
/// an update's first file (the update's id where it names none), a thing runs it from its SUCCEEDED on. With <c>?asOf=</c> up to the end of a past minute, by claims alone:
/// what else showed a version then is not kept.
/// </summary>
public sealed class ListFleetVersions(Database database, TimeProvider time) : IOperation<ListFleetVersions.Request, ListFleetVersions.Response>
{
    private const int PointsMax = 160;
    private const long MinuteMs = 60_000;
    private const long DaysMax = 366;

    /// <summary>Versions of their own; the smaller ones are summed.</summary>
    private const int VersionsMax = 8;

    private const string Others = "others";

    /// <param name="Minutes">The span; null for as much as there is, an hour to thirty days.</param>
    /// <param name="AsOf">Up to when; null for now.</param>
    public sealed record Request(long? Minutes, DateTimeOffset? AsOf = null);

    /// <param name="Times">The moments of the points.</param>
    public sealed record Response(IReadOnlyList<DateTimeOffset> Times, IReadOnlyList<Series> Versions);

    /// <param name="Things">In the end.</param>
    /// <param name="Verified">Of these, how many are seen to run it, by more than the report that the update succeeded; null for the past.</param>
    /// <param name="Points">At each of the moments.</param>
    public sealed record Series(string Version, long Things, long? Verified, IReadOnlyList<long> Points);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => request.Minutes is < 1 or > DaysMax * 1440
        ? Errors.InvalidRequest($"minutes must be from 1 to {DaysMax * 1440}.")
        : await database.Read(session => Read(session, caller.Account, request.Minutes, request.AsOf is { } moment && moment < time.GetUtcNow() ? moment : null), ct);

    private Response Read(ReadSession session, string account, long? minutes, DateTimeOffset? moment)
    {
        var end = (((moment ?? time.GetUtcNow()).ToUnixTimeMilliseconds() / MinuteMs) + 1) * MinuteMs;
        var span = (minutes ?? Span(session, account, end)) * MinuteMs;
        var step = Math.Max(MinuteMs, ((span / PointsMax / MinuteMs) + (span / PointsMax % MinuteMs > 0 ? 1 : 0)) * MinuteMs);
        var start = end - span;
        var totals = moment is null ? session.Query<TotalRow>("SELECT version, things, verified FROM version_total WHERE account = @account", new { account }) : Then(session, account, end);
        var changes = session.Query<ChangeRow>(
            """
            SELECT (minute_ms - @start) / @step AS bucket, version, SUM(change) AS change FROM version_minute
            WHERE account = @account AND minute_ms >= @start AND minute_ms < @end GROUP BY (minute_ms - @start) / @step, version
            """,
            new { account, start, step, end });
        var count = (int)((span + step - 1) / step);
        // Versions that nobody had in all that time.
        totals.RemoveAll(total => total.Things == 0 && !changes.Exists(change => change.Version == total.Version));
        var shown = totals.OrderByDescending(total => total.Things + changes.Where(change => change.Version == total.Version).Sum(change => Math.Abs(change.Change)))
            .Take(VersionsMax).Select(total => total.Version).ToHashSet();
        return new Response(
            [.. Enumerable.Range(0, count + 1).Select(i => DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(end, start + (i * step))))],
            [.. totals.GroupBy(total => shown.Contains(total.Version) ? total.Version : Others).Select(group => Of(group, changes, count)).OrderBy(series => series.Version, VersionOrder.Instance)]);
    }

    /// <summary>Backwards from now: the totals less what changed since.</summary>
    private static Series Of(IGrouping<string, TotalRow> group, List<ChangeRow> changes, int count)
    {
        var names = group.Select(row => row.Version).ToHashSet();
        var now = group.Sum(row => row.Things);
        var points = new long[count + 1];
        points[count] = now;
        var perBucket = changes.Where(change => names.Contains(change.Version)).GroupBy(change => change.Bucket).ToDictionary(one => one.Key, one => one.Sum(change => change.Change));
        for (var i = count - 1; i >= 0; i--)
            points[i] = points[i + 1] - perBucket.GetValueOrDefault(i);
        return new Series(group.Key, now, group.Any(row => row.Verified is null) ? null : group.Sum(row => row.Verified), points);
    }

    /// <summary>The totals less what changed since.</summary>
    private static List<TotalRow> Then(ReadSession session, string account, long end)
    {
        var since = session.Query<ChangeRow>(
            "SELECT version, SUM(change) AS change FROM version_minute WHERE account = @account AND minute_ms >= @end GROUP BY version", new { account, end })
            .ToDictionary(row => row.Version, row => row.Change);
        return [.. session.Query<TotalRow>("SELECT version, things FROM version_total WHERE account = @account", new { account })
            .Select(row => row with { Things = Math.Max(0, row.Things - since.GetValueOrDefault(row.Version)), Verified = null })];
    }

    private static long Span(ReadSession session, string account, long end)
    {
        var first = session.First<long?>("SELECT MIN(minute_ms) FROM version_minute WHERE account = @account", new { account }) ?? end;
        var minutes = ((end - first) / MinuteMs) + 1;
        return new long[] { 15, 60, 360, 1440, 10_080, 43_200 }.FirstOrDefault(size => size >= minutes, 43_200);
    }

    private sealed record TotalRow
    {
        public string Version { get; init; } = "";

        public long Things { get; init; }

        /// <summary>Null where nobody knows.</summary>
        public long? Verified { get; init; }
    }

    private sealed record ChangeRow
    {
        public long Bucket { get; init; }

        public string Version { get; init; } = "";

        public long Change { get; init; }
    }

    /// <summary>Numbers within versions count as numbers: 1.9 before 1.10.</summary>
    private sealed class VersionOrder : IComparer<string>
    {
        public static readonly VersionOrder Instance = new();

        public int Compare(string? x, string? y) => string.CompareOrdinal(Padded(x!), Padded(y!));

        private static string Padded(string version) => string.Join('.', version.Split('.').Select(part => part.PadLeft(10, '0')));
    }
}
