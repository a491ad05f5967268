using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.OtaUpdates;
using Godwit.Core.Planning;
using Godwit.Server.Jobs;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Planning;

/// <summary>
/// PlanOtaUpdate — POST /godwit/plan. What CreateOTAUpdate with this request would do to a fleet, by the rules that would do it; nothing is written.
/// </summary>
public sealed class PlanOtaUpdate(Database database, PreflightOtaUpdate preflight, TimeProvider time)
{
    /// <summary>The largest fleet that is simulated.</summary>
    public const int FleetMax = 2_000_000;

    /// <summary>Plans that wait for their turn; each keeps a core busy for about a second at most.</summary>
    private const int WaitingMax = 8;

    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;

    /// <param name="Fleet">How many devices; null for as many things as the targets have.</param>
    /// <param name="Model">How they behave; null for as the journal tells.</param>
    /// <param name="At">When the request would be sent; null for now.</param>
    public sealed record Request(CreateOtaUpdate.Request Update, int? Fleet, FleetModel? Model, ulong Seed, DateTimeOffset? At = null);

    public async Task<Result<PlanReport>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (OtaUpdateRules.Check(request.Update) is { } wrong)
            return wrong;
        var fleet = request.Fleet is { } given ? given : await database.Read(session => CountTargets(session, caller.Account, request.Update.Targets), ct);
        if (!fleet.IsOk)
            return fleet.Error;
        var report = await InTurn(caller, request, fleet.Value, ct);
        if (!report.IsOk)
            return report;
        var found = await preflight.Ahead(caller, request.Update, ct);
        return report.Map(plan => plan with { Findings = [.. found, .. plan.Findings] });
    }

    /// <summary>What the request alone tells of its files, for a plan without a service that could look at them.</summary>
    public static PlanReport WithRequest(PlanReport report, CreateOtaUpdate.Request update, DateTimeOffset at) =>
        report with { Findings = [.. PreflightOtaUpdate.OfRequest(update, at), .. report.Findings] };

    /// <summary>The plan itself: a function of its arguments.</summary>
    /// <param name="at">When the request would be sent: it decides about times in a schedule.</param>
    /// <param name="each">Where the seeded runs are made; one after the other if left out.</param>
    public static Result<PlanReport> Plan(CreateOtaUpdate.Request update, int devices, FleetModel model, ulong seed, DateTimeOffset at, EachRun? each = null)
    {
        if ((OtaUpdateRules.Check(update) ?? OtaUpdateExtensions.Refuse(update, at)) is { } wrong)
            return wrong;
        if (devices is < 1 or > FleetMax)
            return Errors.InvalidRequest($"fleet is {devices}; a plan is made for 1 to {FleetMax} devices.");
        var rollout = Rollout(update, at);
        return new PlanReport(Forecast.Make(rollout, model, devices, seed, each), rollout, Preflight.Check(rollout, model, devices));
    }

    /// <summary>The same for a fleet that behaves as it did.</summary>
    public static Result<PlanReport> Plan(CreateOtaUpdate.Request update, int devices, HistoricFleet history, ulong seed, DateTimeOffset at, EachRun? each = null) =>
        Plan(update, devices, history.Model, seed, at, each).Map(report => report with { History = history, Findings = [.. Preflight.Check(history), .. report.Findings] });

    /// <summary>What the job of the update would be told, as the runner's rules take it.</summary>
    private static PlannedRollout Rollout(CreateOtaUpdate.Request update, DateTimeOffset at)
    {
        var job = OtaUpdateExtensions.Apply(update, OtaUpdateRules.JobRequest(update, ""));
        var schedule = JobSchedules.Of(JobSchedules.Kept(job.SchedulingConfig));
        return new PlannedRollout(
            JobConfigs.Rate(job.JobExecutionsRolloutConfig), JobConfigs.Criteria(job.AbortConfig), (int?)job.TimeoutConfig?.InProgressTimeoutInMinutes,
            job.TargetSelection == "CONTINUOUS", job.PresignedUrlConfig?.ExpiresInSec, job.JobExecutionsRolloutConfig is null)
        {
            Controls = job.Controls, Retries = JobConfigs.Retries(job.JobExecutionsRetryConfig), Schedule = schedule,
            Zero = schedule.Start ?? new DateTimeOffset(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero),
        };
    }

    /// <summary>One plan at a time: simulating takes a core, and devices come first.</summary>
    private async Task<Result<PlanReport>> InTurn(Caller caller, Request request, int devices, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            return Errors.Throttling($"{WaitingMax} plans are waiting already. Ask again in a few seconds, or run ./godwit plan on another machine.");
        }
        try
        {
            await _turn.WaitAsync(ct);
            try
            {
                var at = request.At ?? time.GetUtcNow();
                if (request.Model is { } model)
                    return Plan(request.Update, devices, model, request.Seed, at);
                var history = await database.Read(session => JournalModel.Read(session, caller.Account), ct);
                return history.Then(fleet => Plan(request.Update, devices, fleet, request.Seed, at));
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>How many things the targets stand for, each once.</summary>
    private static Result<int> CountTargets(ReadSession session, string account, IReadOnlyList<string> targets)
    {
        var (parts, args) = (new List<string>(), new Dictionary<string, object?> { ["account"] = account });
        foreach (var target in targets)
        {
            var arn = Arn.Parse(target)!;
            if (!Membership.Exists(session, account, arn))
                return OtaUpdateErrors.TargetNotFound(target);
            args[$"target{parts.Count}"] = arn.ResourceName;
            parts.Add(arn.ResourceType == "thing"
                ? $"SELECT @target{parts.Count} AS thing_name"
                : Membership.ThingsOfGroupSql.Replace("@group", $"@target{parts.Count}", StringComparison.Ordinal));
        }
        var things = session.First<long>($"SELECT COUNT(*) FROM ({string.Join(" UNION ", parts)}) t", args);
        return things is > 0 and <= FleetMax
            ? (int)things
            : Errors.InvalidRequest($"The targets have {things} things; a plan is made for 1 to {FleetMax}. Give fleet to plan for another number.");
    }
}
