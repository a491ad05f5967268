using Godwit.Core;
using Godwit.Core.Why;
using Godwit.Pages.Shared;
using Godwit.Server.Certificates;
using Godwit.Server.Jobs;
using Godwit.Server.Journal;
using Godwit.Server.OtaUpdates.Versions;
using Godwit.Server.Streams;
using Godwit.Server.Things;
using Godwit.Server.Why;
using Microsoft.AspNetCore.Components;

namespace Godwit.Pages.Things;

/// <summary>One device: what became of it, what it may do, and why it has an update or has it not.</summary>
public sealed partial class ThingPage(ConsoleApi api, Visit visit, TimeProvider time) : ComponentBase
{
    private const string JobPrefix = "AFR_OTA-";
    private const int CertificatesMax = 5;
    private const string ReadMessages = "godwit.GET things/messages";

    [Parameter] public string Name { get; set; } = "";

    /// <summary>The update that is asked about; else the newest for this device.</summary>
    [SupplyParameterFromQuery(Name = "ota")] public string? Ota { get; set; }

    /// <summary>What it was at the moment that is looked at; null for now.</summary>
    private DescribeThingAsOf.Response? Past { get; set; }

    private DescribeThing.Response? Thing { get; set; }

    private IReadOnlyList<string> Groups { get; set; } = [];

    private IReadOnlyList<ListJobExecutionsForThing.JobExecutionSummaryForThing> Jobs { get; set; } = [];

    private List<DescribeCertificate.CertificateDescription> Certificates { get; } = [];

    private IReadOnlyList<GetJournal.Record> Records { get; set; } = [];

    private DescribeDeviceTrail.Response? Trail { get; set; }

    private ListVersionDoubts.Device? Version { get; set; }

    private AskWhyNot.Response? Why { get; set; }

    private ListMessages.Response? Messages { get; set; }

    private ServiceError? WhyRefusal { get; set; }

    private string? WhyOf { get; set; }

    private ServiceError? Refusal { get; set; }

    private string OwnRecords => "thing=" + Words.Url(Name);

    private DateTimeOffset Now { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Now = time.GetUtcNow();
        var path = Words.Url(Name);
        var until = visit.AsOf is { } asOf ? Words.Url(asOf) : null;
        var records = await api.Get<GetJournal.Response>("godwit", $"/godwit/journal?{OwnRecords}&order=newest&maxResults=40{(until is null ? "" : "&until=" + until)}");
        Records = records.IsOk ? records.Value.Records : [];
        if (until is not null)
        {
            var past = await api.Get<DescribeThingAsOf.Response>("godwit", $"/godwit/things/{path}?asOf={until}");
            (Past, Refusal) = (past.IsOk ? past.Value : null, past.Error);
            return;
        }
        var thing = await api.Get<DescribeThing.Response>("iot", "/things/" + path);
        // A deleted thing still has its story.
        Refusal = thing.IsOk || Records.Count > 0 ? null : thing.Error;
        if (Refusal is not null)
            return;
        Thing = thing.IsOk ? thing.Value : null;
        var groups = await api.Get<ListThingGroupsForThing.Response>("iot", $"/things/{path}/thing-groups");
        Groups = groups.IsOk ? [.. groups.Value.ThingGroups.Select(group => group.GroupName)] : [];
        var jobs = await api.Get<ListJobExecutionsForThing.Response>("iot", $"/things/{path}/jobs?maxResults=20");
        Jobs = jobs.IsOk ? jobs.Value.ExecutionSummaries : [];
        var trail = await api.Get<DescribeDeviceTrail.Response>("godwit", $"/godwit/things/{path}/trail");
        Trail = trail.IsOk ? trail.Value : null;
        var version = await api.Get<ListVersionDoubts.Response>("godwit", "/godwit/fleet/doubts?thing=" + path);
        Version = version.IsOk ? version.Value.Things.FirstOrDefault() : null;
        if (visit.May(ReadMessages) && await api.Get<ListMessages.Response>("godwit", $"/godwit/things/{path}/messages") is { IsOk: true } messages)
            Messages = messages.Value;
        await ReadCertificates(path);
        await AskWhy(path);
    }

    private async Task ReadCertificates(string path)
    {
        var principals = await api.Get<ListThingPrincipals.Response>("iot", $"/things/{path}/principals");
        foreach (var arn in principals.IsOk ? principals.Value.Principals.Take(CertificatesMax) : [])
        {
            var certificate = await api.Get<DescribeCertificate.Response>("iot", "/certificates/" + Words.Url(arn[(arn.LastIndexOf('/') + 1)..]));
            if (certificate.IsOk)
                Certificates.Add(certificate.Value.CertificateDescription);
        }
    }

    private async Task AskWhy(string path)
    {
        var about = !string.IsNullOrWhiteSpace(Ota) ? $"ota={Words.Url(Ota.Trim())}"
            : Jobs.Count == 0 ? null
            : Jobs[0].JobId is var job && job.StartsWith(JobPrefix, StringComparison.Ordinal) ? $"ota={Words.Url(job[JobPrefix.Length..])}" : $"job={Words.Url(Jobs[0].JobId)}";
        if (about is null)
            return;
        var why = await api.Get<AskWhyNot.Response>("godwit", $"/godwit/why?thing={path}&{about}");
        Why = why.IsOk ? why.Value : null;
        WhyRefusal = why.Error;
        WhyOf = Why?.OtaUpdateId ?? Why?.JobId;
    }

    /// <summary>Seconds after which the page looks again by itself: messages come without a record in the journal.</summary>
    private int Every => Messages?.Until is null ? 5 : 2;

    internal static string CssOf(WhyVerdict verdict) => verdict switch
    {
        WhyVerdict.Passed => "ok",
        WhyVerdict.Stopped => "fail",
        WhyVerdict.Waiting => "progress",
        _ => "pending",
    };
}
