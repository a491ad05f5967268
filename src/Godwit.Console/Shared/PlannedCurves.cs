using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Core;
using Godwit.Server.Jobs.Progress;

namespace Godwit.Pages.Shared;

/// <summary>
/// The plan that a running update had: the dry run of its own request, for devices that take half, once and twice the usual time. Made once for each update and
/// measure of that time, in the background; a page does not wait for a large fleet's.
/// </summary>
public sealed class PlannedCurves
{
    private const int KeptMax = 64;
    private const int DefaultSeconds = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<PlannedCurve?>> _kept = [];

    /// <summary>Null where the request cannot be planned, or while it is being made: then there is more to come.</summary>
    public async Task<(PlannedCurve? Curve, bool IsBeingMade)> Of(ConsoleApi api, JsonObject request, DescribeJobProgress.Response job)
    {
        if (job.Things < 1 || job.Resolving)
            return (null, false);
        var seconds = Usual(job);
        var making = Find($"{job.JobId} {job.CreatedAt:O} {job.Things} {seconds} {request.ToJsonString()}", () => Make(api, request, job.Things, seconds));
        await Task.WhenAny(making, Task.Delay(Patience));
        return (making.IsCompletedSuccessfully ? await making : null, !making.IsCompleted);
    }

    /// <summary>What devices took so far, coarse enough that the plan does not change with each of them.</summary>
    private static int Usual(DescribeJobProgress.Response job)
    {
        if (job.Steps is not { Whole: { Devices: >= 5 } whole, Begin: var begin })
            return DefaultSeconds;
        var took = Math.Max(1, whole.P50 - (begin?.P50 ?? 0));
        var size = Math.Pow(2, Math.Floor(Math.Log2(took)));
        return (int)Math.Max(1, Math.Round(took / size * 2) / 2 * size);
    }

    private Task<PlannedCurve?> Find(string key, Func<Task<PlannedCurve?>> make)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(key, out var found))
                return found;
            if (_kept.Count >= KeptMax)
                _kept.Remove(_kept.Keys.First());
            return _kept[key] = Task.Run(make);
        }
    }

    private static async Task<PlannedCurve?> Make(ConsoleApi api, JsonObject request, long devices, int seconds)
    {
        var usual = await Plan(api, request, devices, seconds);
        var fast = await Plan(api, request, devices, Math.Max(1, seconds / 2));
        var slow = await Plan(api, request, devices, seconds * 2);
        return usual is null || fast is null || slow is null ? null : new PlannedCurve(
            seconds, Points(usual, point => point.Started), Points(fast, point => point.Succeeded), Points(slow, point => point.Succeeded), slow.Curve[^1].Second);
    }

    private static IReadOnlyList<(double X, double Y)> Points(Answer plan, Func<Point, long> of) => Plot.Corners([.. plan.Curve.Select(point => ((double)point.Second, (double)of(point)))]);

    private static async Task<Answer?> Plan(ConsoleApi api, JsonObject request, long devices, int seconds)
    {
        var body = new JsonObject { ["request"] = request.DeepClone(), ["fleet"] = devices, ["model"] = new JsonObject { ["downloadSeconds"] = seconds }, ["seed"] = 1 };
        var plan = await api.Send<JsonElement>("godwit", "POST", "/godwit/plan", body);
        return plan.IsOk ? plan.Value.Deserialize<Answer>(Reading) : null;
    }

    private static readonly JsonSerializerOptions Reading = new(JsonSerializerDefaults.Web);

    private sealed record Answer(IReadOnlyList<Point> Curve);

    private sealed record Point(int Second, long Started, long Succeeded);
}

/// <param name="UsualSeconds">What a device takes in the middle of the band.</param>
/// <param name="Fast">Succeeded, by second, where devices take half of it.</param>
/// <param name="Slow">And twice.</param>
public sealed record PlannedCurve(
    int UsualSeconds, IReadOnlyList<(double X, double Y)> Started, IReadOnlyList<(double X, double Y)> Fast, IReadOnlyList<(double X, double Y)> Slow, double EndSecond);
