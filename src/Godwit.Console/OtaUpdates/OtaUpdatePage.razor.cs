using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Core;
using Godwit.Core.Jobs;
using Godwit.Pages.Shared;
using Godwit.Server.Http;
using Godwit.Server.Jobs;
using Godwit.Server.Jobs.Progress;
using Godwit.Server.Journal;
using Godwit.Server.OtaUpdates;
using Microsoft.AspNetCore.Components;

namespace Godwit.Pages.OtaUpdates;

/// <summary>One update: is it going well, and what can be done about it.</summary>
public sealed partial class OtaUpdatePage(ConsoleApi api, PlannedCurves plans, Visit visit, TimeProvider time) : ComponentBase
{
    [Parameter] public string Id { get; set; } = "";

    private string? AsOf => visit.AsOf;

    private GetOtaUpdate.Details? Update { get; set; }

    private DescribeJobProgress.Response? Progress { get; set; }

    private DescribeJobAsOf.Response? AsOfState { get; set; }

    private PlannedCurve? Planned { get; set; }

    /// <summary>The page looks again in a moment.</summary>
    private bool IsBeingPlanned { get; set; }

    private ServiceError? Refusal { get; set; }

    private DateTimeOffset Now { get; set; }

    private string Status => AsOfState?.Status ?? (Progress is { } progress && Update!.OtaUpdateStatus == "CREATE_COMPLETE" ? progress.Status : Update!.OtaUpdateStatus);

    private long Hurt => Progress is { } progress ? progress.Counts.Failed + progress.Counts.Rejected + progress.Counts.TimedOut : 0;

    private double NowSecond => Progress is { } progress ? Math.Max(0, (Now - progress.CreatedAt).TotalSeconds) : 0;

    private double Elapsed => Progress is { CompletedAt: { } done } progress ? (done - progress.CreatedAt).TotalSeconds : NowSecond;

    /// <summary>When it was over, as it is known now; null while it goes on.</summary>
    private DateTimeOffset? Ended { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Now = time.GetUtcNow();
        var update = await api.Get<GetOtaUpdate.Response>("iot", "/otaUpdates/" + Words.Url(Id));
        if (!update.IsOk)
        {
            Refusal = update.Error;
            return;
        }
        Update = update.Value.OtaUpdateInfo;
        if (Update.AwsIotJobId is not { } job)
            return;
        var progress = await api.Get<DescribeJobProgress.Response>("godwit", $"/godwit/jobs/{Words.Url(job)}/progress");
        if (!progress.IsOk)
            return;
        (Progress, Ended) = (progress.Value, progress.Value.CompletedAt);
        await ReadPlan(job);
        if (AsOf is not null)
            await ReadAsOf(job);
    }

    internal static IReadOnlyList<(string Name, string Css, long Count)> PartsOf(JobCounts counts, long pending, long selfTest) =>
    [
        ("succeeded", "ok", counts.Succeeded), ("failed", "fail", counts.Failed), ("rejected", "reject", counts.Rejected), ("timed out", "timeout", counts.TimedOut),
        ("canceled", "cancel", counts.Canceled + counts.Removed), ("self-test", "test", selfTest), ("in progress", "progress", counts.InProgress - selfTest),
        ("queued", "queued", counts.Queued), ("not reached", "pending", pending),
    ];

    private async Task ReadAsOf(string job)
    {
        var then = await api.Get<DescribeJobAsOf.Response>("godwit", $"/godwit/jobs/{Words.Url(job)}?asOf={Words.Url(AsOf!)}");
        if (!then.IsOk)
        {
            Refusal = then.Error;
            return;
        }
        AsOfState = then.Value;
        var until = (then.Value.AsOf - Progress!.CreatedAt).TotalSeconds;
        Progress = Progress with { Curve = [.. Progress.Curve.Where(point => point.AtSecond <= until)], CompletedAt = then.Value.AsOf < Progress.CompletedAt ? null : Progress.CompletedAt };
        Now = then.Value.AsOf;
    }

    /// <summary>The request as it was, for the dry run: what GetOTAUpdate leaves out stands in the job.</summary>
    private async Task ReadPlan(string jobId)
    {
        var described = await api.Get<Godwit.Server.Jobs.DescribeJob.Response>("iot", "/jobs/" + Words.Url(jobId));
        if (!described.IsOk || described.Value.Job is not { } job)
            return;
        var request = new JsonObject
        {
            ["otaUpdateId"] = Id,
            ["targets"] = Node(Update!.Targets),
            ["targetSelection"] = Update.TargetSelection,
            ["protocols"] = Node(Update.Protocols),
            ["roleArn"] = "arn:aws:iam::000000000000:role/planned",
            ["files"] = Node(Update.OtaUpdateFiles.Select(file => file with { CodeSigning = null })),
        };
        if (job.JobExecutionsRolloutConfig is { MaximumPerMinute: not null } rollout)
            request["awsJobExecutionsRolloutConfig"] = Node(rollout);
        if (job.AbortConfig is { CriteriaList.Count: > 0 } abort)
            request["awsJobAbortConfig"] = new JsonObject { ["abortCriteriaList"] = Node(abort.CriteriaList) };
        if (job.TimeoutConfig is { InProgressTimeoutInMinutes: not null } timeout)
            request["awsJobTimeoutConfig"] = Node(timeout);
        if (Update.AdditionalParameters is { Count: > 0 } more)
            request["additionalParameters"] = Node(more);
        (Planned, IsBeingPlanned) = await plans.Of(api, request, Progress!);
    }

    private static JsonNode? Node<T>(T value) => JsonSerializer.SerializeToNode(value, WireJson.Options);
}
