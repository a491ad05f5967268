using System.Globalization;
using Godwit.Core;
using Godwit.Core.Why;
using Godwit.Pages.OtaUpdates;
using Godwit.Pages.Shared;
using Godwit.Server.Certificates;
using Godwit.Server.Jobs.Progress;
using Godwit.Server.OtaUpdates;
using Godwit.Server.OtaUpdates.Versions;
using Godwit.Server.Things;
using Microsoft.AspNetCore.Components;

namespace Godwit.Pages.Overview;

/// <summary>The fleet at a glance: who runs what, who is there, and what needs someone.</summary>
public sealed partial class FleetPage(ConsoleApi api, Visit visit, TimeProvider time) : ComponentBase
{
    private const int UpdatesLookedAt = 10;
    private static readonly TimeSpan FailuresAreNews = TimeSpan.FromDays(7);

    /// <summary>A device is silent too long after this, or after three times what nine in ten need for all.</summary>
    private static readonly TimeSpan SilentAtLeast = TimeSpan.FromMinutes(10);

    private static readonly (string Name, int? Minutes)[] Spans = [("all", null), ("1 h", 60), ("24 h", 1440), ("7 days", 10_080), ("30 days", 43_200)];

    /// <summary>As text, since a binding to a number throws where there is none.</summary>
    [SupplyParameterFromQuery(Name = "minutes")] public string? Asked { get; set; }

    private int? Minutes => int.TryParse(Asked, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) ? minutes : null;

    private Visit Visit => visit;

    /// <summary>The moment that is looked at; null for now.</summary>
    private DateTimeOffset? Past => visit.Moment;

    private DescribeFleet.Response? Fleet { get; set; }

    private ListFleetVersions.Response? Versions { get; set; }

    private List<UnderWay> Running { get; } = [];

    private List<Need> Needs { get; } = [];

    private string? Latest { get; set; }

    private ServiceError? Refusal { get; set; }

    protected override async Task OnInitializedAsync()
    {
        var asOf = visit.AsOf is { } asked ? "asOf=" + Words.Url(asked) : "";
        var fleet = await api.Get<DescribeFleet.Response>("godwit", "/godwit/fleet?" + asOf);
        var versions = await api.Get<ListFleetVersions.Response>("godwit", "/godwit/fleet/versions?" + (Minutes is { } minutes ? $"minutes={minutes}&{asOf}".TrimEnd('&') : asOf));
        Refusal = fleet.Error ?? versions.Error;
        if (Refusal is not null)
            return;
        (Fleet, Versions) = (fleet.Value, versions.Value);
        if (visit.AsOf is not null)
        {
            await ReadPast(asOf);
            return;
        }
        await ReadDoubts();
        await ReadUpdates();
        await ReadCertificates();
    }

    /// <summary>What the journal tells of the updates of a moment.</summary>
    private async Task ReadPast(string asOf)
    {
        var list = await api.Get<ListOtaUpdatesAsOf.Response>("godwit", $"/godwit/ota-updates?{asOf}&maxResults={UpdatesLookedAt}");
        foreach (var update in list.IsOk ? list.Value.OtaUpdates : [])
        {
            Latest ??= update.OtaUpdateId;
            if (update.Job is not { } job)
                continue;
            if (job.Status is "IN_PROGRESS" or "SCHEDULED")
                Running.Add(new UnderWay(
                    update.OtaUpdateId, job.Paused, OtaUpdatePage.PartsOf(job.Counts, 0, 0),
                    $"{Words.Count(job.Counts.Succeeded)} of {Words.Count(job.Counts.All)} that it had come to had succeeded, {Words.Count(job.Counts.Open)} in flight"));
            var hurt = job.Counts.Failed + job.Counts.Rejected + job.Counts.TimedOut;
            if (hurt > 0 && list.Value.AsOf - update.CreationDate < FailuresAreNews)
                Needs.Add(new Need(
                    "fail", visit.Then($"/console/updates/{Words.Url(update.OtaUpdateId)}"), $"{Words.Plural(hurt, "device")} had failed, been rejected or timed out",
                    $"in {update.OtaUpdateId}, which was {Words.Of(job.Status)}."));
        }
    }

    private async Task ReadUpdates()
    {
        var list = await api.Get<ListOtaUpdates.Response>("iot", $"/otaUpdates?maxResults={UpdatesLookedAt}");
        foreach (var summary in list.IsOk ? list.Value.OtaUpdates : [])
        {
            Latest ??= summary.OtaUpdateId;
            var update = await api.Get<GetOtaUpdate.Response>("iot", "/otaUpdates/" + Words.Url(summary.OtaUpdateId));
            if (!update.IsOk)
                continue;
            if (update.Value.OtaUpdateInfo is { ErrorInfo: { } error } failed && time.GetUtcNow() - failed.CreationDate < FailuresAreNews)
                Needs.Add(new Need("fail", $"/console/updates/{Words.Url(failed.OtaUpdateId)}", $"{failed.OtaUpdateId} could not be made", error.Message));
            if (update.Value.OtaUpdateInfo.AwsIotJobId is not { } job)
                continue;
            var progress = await api.Get<DescribeJobProgress.Response>("godwit", $"/godwit/jobs/{Words.Url(job)}/progress");
            if (progress.IsOk)
                Judge(summary.OtaUpdateId, progress.Value);
        }
    }

    private void Judge(string id, DescribeJobProgress.Response progress)
    {
        var (now, href) = (time.GetUtcNow(), $"/console/updates/{Words.Url(id)}");
        if (progress.Status is "IN_PROGRESS" or "SCHEDULED")
            Running.Add(new UnderWay(
                id, progress.Paused, OtaUpdatePage.PartsOf(progress.Counts, progress.Pending, progress.SelfTest),
                $"{Words.Count(progress.Counts.Succeeded)} of {Words.Count(progress.Things)} succeeded, {Words.Count(progress.Counts.Open)} in flight, {(progress.Paused ? "paused" : $"{Words.Count(progress.Rate.PerMinute)} a minute")}"));
        if (now - (progress.CompletedAt ?? now) > FailuresAreNews)
            return;
        if (progress.Status == "CANCELED" && progress.ReasonCode?.Contains("ABORT", StringComparison.OrdinalIgnoreCase) == true)
            Needs.Add(new Need("fail", href, $"{id} stopped itself", $"{(progress.Comment ?? "An abort criterion held").TrimEnd('.')}. {Words.Plural(progress.Counts.Succeeded, "device")} had succeeded."));
        Needs.AddRange(progress.Failures.Take(3).Select(cluster => new Need(
            "fail", href, $"{Words.Plural(cluster.Count, "device")}: {cluster.Title}", $"in {id}. {cluster.Remedy}")));
        var silentFor = SilentAtLeast;
        if (progress.Steps.Whole is { } whole && whole.P90 * 3 > silentFor.TotalSeconds)
            silentFor = TimeSpan.FromSeconds(whole.P90 * 3);
        if (progress.Quiet.Where(thing => now - thing.LastReportAt > silentFor).ToList() is { Count: > 0 } silent)
            Needs.Add(new Need("timeout", $"/console/devices/{Words.Url(silent[0].ThingName)}", $"{(silent.Count < 10 ? Words.Plural(silent.Count, "device") : "10 devices or more")} went silent",
                $"in {id}: {string.Join(", ", silent.Take(3).Select(thing => thing.ThingName))}, for {Words.Span((now - silent[0].LastReportAt).TotalSeconds)} and less."));
    }

    /// <summary>Devices that say they succeeded, of which something newer shows another version.</summary>
    private async Task ReadDoubts()
    {
        var doubts = await api.Get<ListVersionDoubts.Response>("godwit", "/godwit/fleet/doubts");
        if (doubts is not { IsOk: true, Value: { Count: > 0 } found })
            return;
        var first = found.Things[0];
        Needs.Add(new Need("fail", "/console/devices/" + Words.Url(first.ThingName),
            $"{Words.Plural(found.Count, "device")} claim{(found.Count == 1 ? "s" : "")} a version and show{(found.Count == 1 ? "s" : "")} another", string.Join("; ", found.Things.Take(3).Select(Doubt)) + (found.Count > 3 ? "; …" : ".")));
    }

    private static string Doubt(ListVersionDoubts.Device device) => $"{device.ThingName} reported {device.Claimed} as installed, and "
        + (device.Reported is { } said && !RunningVersion.IsSame(said, device.Claimed) ? $"says it runs {said}" : $"its attributes say {device.Attribute}");

    private async Task ReadCertificates()
    {
        var expiring = await api.Get<ListExpiringCertificates.Response>("godwit", "/godwit/certificates/expiring?days=30");
        if (expiring is not { IsOk: true, Value: { Count: > 0 } found })
            return;
        var first = found.Certificates[0];
        Needs.Add(new Need("timeout", first.Things.Count > 0 ? $"/console/devices/{Words.Url(first.Things[0])}" : "/console/devices",
            $"{Words.Plural(found.Count, "certificate")} end{(found.Count == 1 ? "s" : "")} within 30 days", $"The first on {first.NotAfter:yyyy-MM-dd}: {string.Join(", ", first.Things)}. Devices with an ended certificate cannot connect."));
    }

    private sealed record UnderWay(string Id, bool Paused, IReadOnlyList<(string Name, string Css, long Count)> Parts, string Text);

    private sealed record Need(string Css, string Href, string Title, string Text);
}
