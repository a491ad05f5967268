using Godwit.Core.Jobs;

namespace Godwit.Core.Planning;

/// <summary>How much a finding matters.</summary>
public enum FindingSeverity
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>Devices may be hurt or the job may never end.</summary>
    Warning,

    /// <summary>What was asked for cannot work.</summary>
    Error,
}

/// <summary>Something about a rollout that is worth knowing before it starts.</summary>
/// <param name="Field">The member of the CreateOTAUpdate body that it is about.</param>
public sealed record Finding(FindingSeverity Severity, string Field, string Cause, string Remedy);

/// <summary>What can be said of a rollout before a device is simulated.</summary>
public static class Preflight
{
    private const string AbortField = "awsJobAbortConfig";
    private const string RolloutField = "awsJobExecutionsRolloutConfig";
    private const string TimeoutField = "awsJobTimeoutConfig";
    private const string HistoryField = "history";

    /// <summary>With fewer executions than this, one more or less moves a rate by more than three percent.</summary>
    private const int HistoryEnough = 30;

    public static IReadOnlyList<Finding> Check(PlannedRollout rollout, FleetModel model, int devices) =>
        [.. Abort(rollout, model, devices), .. Rate(rollout, model, devices), .. Timeout(rollout, model, devices), .. Reach(rollout, model, devices)];

    /// <summary>What is to be known of a model that was made of a journal.</summary>
    public static IEnumerable<Finding> Check(HistoricFleet history)
    {
        if (history.Ended < HistoryEnough)
            yield return new(FindingSeverity.Warning, HistoryField, $"The journal has only {history.Ended} ended execution{(history.Ended == 1 ? "" : "s")}: its rates are little more than chance.",
                "Plan with a model too, and compare.");
        if (history.Unanswered > 0)
            yield return new(FindingSeverity.Info, HistoryField,
                $"{history.Unanswered} executions were taken up by no device; the model takes their devices for {(history.Profile.OfflineMinutes is null ? "gone for good" : "as late as those that came late")}.",
                "Plan with a model if you know better.");
    }

    private static IEnumerable<Finding> Abort(PlannedRollout rollout, FleetModel model, int devices)
    {
        if (rollout.Abort.Count == 0)
        {
            yield return new(FindingSeverity.Warning, AbortField, $"Nothing stops this update: a bad image reaches all {devices} devices.",
                """Add a criterion, for example {"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 10, "minNumberOfExecutedThings": 20}.""");
            yield break;
        }
        for (var i = 0; i < rollout.Abort.Count; i++)
        {
            var (criterion, field) = (rollout.Abort[i], $"{AbortField}.abortCriteriaList[{i}]");
            if (criterion.MinNumberOfExecutedThings > devices)
                yield return new(FindingSeverity.Error, field + ".minNumberOfExecutedThings",
                    $"The criterion waits for {criterion.MinNumberOfExecutedThings} executed things and the fleet has {devices}: it can never stop the job.", $"Lower it, well below {devices}.");
            else if (Exposed(rollout, model, criterion) is var exposed && devices >= 10 && exposed * 2 >= devices)
                yield return new(FindingSeverity.Warning, field + ".minNumberOfExecutedThings",
                    $"About {Math.Min(exposed, devices)} of {devices} devices have started before {criterion.MinNumberOfExecutedThings} can have ended: the criterion would come late.",
                    $"Lower minNumberOfExecutedThings, or start slower by {RolloutField}.");
            if (criterion.FailureType == FailureType.TimedOut && rollout.TimeoutMinutes is null)
                yield return new(FindingSeverity.Warning, field + ".failureType",
                    "The criterion counts TIMED_OUT and the job has no timeout: only devices that set a step timer can time out.", $"Set {TimeoutField}.inProgressTimeoutInMinutes.");
        }
    }

    /// <summary>Devices that have started when the criterion may first hold: what starts until enough have ended at the earliest.</summary>
    private static long Exposed(PlannedRollout rollout, FleetModel model, AbortCriterion criterion)
    {
        var perMinute = rollout.Rate.PerMinute(0, 0);
        return criterion.MinNumberOfExecutedThings + (long)(perMinute * model.Mean(one => one.DownloadSeconds.Mean) / 60);
    }

    private static IEnumerable<Finding> Rate(PlannedRollout rollout, FleetModel model, int devices)
    {
        var perMinute = rollout.Rate.PerMinute(0, 0);
        if (rollout.RateIsDefault)
            yield return new(FindingSeverity.Info, RolloutField, $"No rate is given: the default is {perMinute} executions a minute.", "Set maximumPerMinute.");
        var download = model.Mean(one => one.DownloadSeconds.Mean);
        if (devices > 1 && rollout.Rate.Growth is null && (double)devices / perMinute * 60 <= Math.Max(60, download))
            yield return new(FindingSeverity.Warning, rollout.RateIsDefault ? RolloutField : RolloutField + ".maximumPerMinute",
                $"All {devices} devices are started within {Math.Max(1, (devices + perMinute - 1) / perMinute)} min, about as soon as the first can report: no failure can spare the others.",
                "Start slowly and grow: set exponentialRate with numberOfSucceededThings.");
        if (rollout.Rate.Growth is { Every.Things: var things } && things >= devices)
            yield return new(FindingSeverity.Info, RolloutField + ".exponentialRate.rateIncreaseCriteria",
                $"The rate grows after {things} things and the fleet has {devices}: it stays at {perMinute} a minute.", $"Lower it below {devices}, or leave exponentialRate out.");
    }

    private static IEnumerable<Finding> Timeout(PlannedRollout rollout, FleetModel model, int devices)
    {
        var stalled = (long)Math.Round(model.Mean(one => one.StallRate.Mean) * devices);
        if (rollout.TimeoutMinutes is not { } minutes)
            yield return new(FindingSeverity.Warning, TimeoutField,
                stalled > 0 ? $"There is no timeout: about {stalled} devices go silent and stay IN_PROGRESS for ever, and the job with them."
                    : "There is no timeout: a device that goes silent stays IN_PROGRESS for ever, and the job with it.",
                "Set inProgressTimeoutInMinutes to several times the expected download time.");
        else
            foreach (var one in model.Classes)
            {
                var (usual, high, of) = (one.Profile.DownloadSeconds.Mean, one.Profile.DownloadSeconds.High, one.Name.Length > 0 ? $" of {one.Name}" : "");
                if (usual > minutes * 60)
                    yield return new(FindingSeverity.Error, TimeoutField + ".inProgressTimeoutInMinutes",
                        $"The timeout of {minutes} min is shorter than the usual download{of} of {usual:0.#} s: most devices would time out.", $"Set at least {Enough(high)} min.");
                else if (high * 1.2 > minutes * 60)
                    yield return new(FindingSeverity.Warning, TimeoutField + ".inProgressTimeoutInMinutes",
                        $"The timeout of {minutes} min leaves little room for slow downloads{of}: one in twenty takes {high:0.#} s or more.", $"Set at least {Enough(high)} min.");
            }
        if (rollout.PresignSeconds is { } presign && model.Classes.Max(one => one.Profile.DownloadSeconds.High) is var slow && slow > presign)
            yield return new(FindingSeverity.Warning, "awsJobPresignedUrlConfig.expiresInSec",
                $"URLs are good for {presign} s, and one download in twenty takes {slow:0.#} s or more: its later ranges would be refused.", "Raise expiresInSec (3600 at most), or deliver by MQTT.");
    }

    private static long Enough(double seconds) => Math.Min(TimeoutRule.MinutesMax, (long)Math.Ceiling(seconds * 2 / 60));

    private static IEnumerable<Finding> Reach(PlannedRollout rollout, FleetModel model, int devices)
    {
        if (rollout.Continuous)
            yield return new(FindingSeverity.Info, "targetSelection", "A CONTINUOUS job never completes: it waits for new members of its targets.", "Cancel it when it is no longer wanted, or use SNAPSHOT.");
        if (rollout.Controls is { LateJoinersAtRate: true })
            yield return new(FindingSeverity.Info, "additionalParameters.godwit:lateJoiners", "A plan's fleet is there from the start: nothing joins it later.", "Plan with as many devices as there will be.");
        var gone = (long)Math.Round(model.Mean(one => one.OfflineMinutes is null ? 1 - Math.Min(1, one.Online.Mean) : 0) * devices);
        if (gone > 0 && rollout.Controls?.QueuedTimeoutMinutes is null && rollout.Schedule.End is null)
            yield return new(FindingSeverity.Warning, "targets", $"About {gone} devices are not reachable and never come back in this model: their executions stay QUEUED and the job does not complete.",
                "Give offlineMinutes in the model, set godwit:queuedTimeoutMinutes or godwit:end, or cancel the job once the others are done.");
    }
}
