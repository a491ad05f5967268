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
public sealed class PlanOtaUpdate(Database database)
{
    /// <summary>The largest fleet that is simulated.</summary>
    public const int FleetMax = 2_000_000;

    /// <summary>Plans that wait for their turn; each keeps a core busy for about a second at most.</summary>
    private const int WaitingMax = 8;

    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;

    /// <param name="Fleet">How many devices; null for as many things as the targets have.</param>
    public sealed record Request(CreateOtaUpdate.Request Update, int? Fleet, FleetModel Model, ulong Seed);

    public async Task<Result<PlanReport>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (OtaUpdateRules.Check(request.Update) is { } wrong)
            return wrong;
        var fleet = request.Fleet is { } given ? given : await database.Read(session => CountTargets(session, caller.Account, request.Update.Targets), ct);
        return fleet.IsOk ? await InTurn(request, fleet.Value, ct) : fleet.Error;
    }

    /// <summary>The plan itself: a function of its arguments.</summary>
    public static Result<PlanReport> Plan(CreateOtaUpdate.Request update, int devices, FleetModel model, ulong seed)
    {
        if (OtaUpdateRules.Check(update) is { } wrong)
            return wrong;
        var asked = GodwitParameters.Parse(update.AdditionalParameters);
        if (!asked.IsOk)
            return asked.Error;
        if (devices is < 1 or > FleetMax)
            return Errors.InvalidRequest($"fleet is {devices}; a plan is made for 1 to {FleetMax} devices.");
        var job = OtaUpdateRules.JobRequest(update, "");
        var rollout = new PlannedRollout(
            JobConfigs.Rate(job.JobExecutionsRolloutConfig), JobConfigs.Criteria(job.AbortConfig), (int?)job.TimeoutConfig?.InProgressTimeoutInMinutes,
            job.TargetSelection == "CONTINUOUS", job.PresignedUrlConfig?.ExpiresInSec, job.JobExecutionsRolloutConfig is null)
        {
            Controls = asked.Value.Controls, LeftOut = LeftOut(update),
        };
        return new PlanReport(Forecast.Make(rollout, model, devices, seed), rollout, Preflight.Check(rollout, model, devices));
    }

    private static List<string> LeftOut(CreateOtaUpdate.Request update) =>
        [.. (update.AdditionalParameters?.Keys ?? []).Where(name => name.StartsWith(GodwitParameters.Prefix, StringComparison.Ordinal) && !GodwitParameters.IsPlanned(name)).Order(StringComparer.Ordinal)];

    /// <summary>One plan at a time: simulating takes a core, and devices come first.</summary>
    private async Task<Result<PlanReport>> InTurn(Request request, int devices, CancellationToken ct)
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
                return Plan(request.Update, devices, request.Model, request.Seed);
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
