using Godwit.Fleet;
using Spectre.Console;

namespace Godwit.Demo;

/// <summary>Shows the demo while it runs: one bar and the devices by phase on a terminal, a line a second elsewhere, nothing for <c>--json</c>.</summary>
public sealed class DemoScreen(bool quiet, TimeProvider time)
{
    private static readonly DevicePhase[] Shown =
    [
        DevicePhase.Idle, DevicePhase.Downloading, DevicePhase.Verifying, DevicePhase.Rebooting, DevicePhase.SelfTest, DevicePhase.Offline,
        DevicePhase.Succeeded, DevicePhase.Failed,
    ];

    private readonly long _start = time.GetTimestamp();

    public void Step(string what)
    {
        if (!quiet)
            Console.WriteLine($"{time.GetElapsedTime(_start).TotalSeconds,6:0.00} s  {what}");
    }

    /// <summary>Follows the devices until <paramref name="finished"/> says so.</summary>
    public async Task Follow(DemoWatch watch, DemoPlan plan, Func<CancellationToken, Task<bool>> finished, CancellationToken ct)
    {
        if (quiet || Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive)
        {
            await FollowInLines(watch, plan, finished, ct);
            return;
        }
        await AnsiConsole.Live(Picture(watch, plan)).StartAsync(async live =>
        {
            do
            {
                live.UpdateTarget(Picture(watch, plan));
                live.Refresh();
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, ct);
            }
            while (!await finished(ct));
            live.UpdateTarget(Picture(watch, plan));
            live.Refresh();
        });
        TellNotable(watch);
    }

    private async Task FollowInLines(DemoWatch watch, DemoPlan plan, Func<CancellationToken, Task<bool>> finished, CancellationToken ct)
    {
        var next = TimeSpan.Zero;
        while (!await finished(ct))
        {
            TellNotable(watch);
            if (time.GetElapsedTime(_start) >= next)
            {
                Step($"{Percent(watch, plan):0} % of all bytes; {string.Join(", ", Shown.Where(watch.Counts.ContainsKey).Select(phase => $"{watch.Counts[phase]} {phase}"))}");
                next = time.GetElapsedTime(_start) + TimeSpan.FromSeconds(1);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, ct);
        }
        TellNotable(watch);
    }

    private void TellNotable(DemoWatch watch)
    {
        while (watch.TryTakeNotable(out var line))
            Step(line);
    }

    private static double Percent(DemoWatch watch, DemoPlan plan) => 100 * watch.Done(plan.Devices, (plan.ImageBytes + 4095) / 4096);

    private static BarChart Picture(DemoWatch watch, DemoPlan plan)
    {
        var counts = watch.Counts;
        var chart = new BarChart().Width(72).Label($"{Percent(watch, plan):0} % of all bytes, {watch.BlocksReceived} blocks").LeftAlignLabel().WithMaxValue(plan.Devices);
        foreach (var phase in Shown)
            chart.AddItem(phase.ToString(), counts.GetValueOrDefault(phase), ColorOf(phase));
        return chart;
    }

    private static Color ColorOf(DevicePhase phase) => phase switch
    {
        DevicePhase.Succeeded => Color.Green,
        DevicePhase.Failed => Color.Red,
        DevicePhase.Offline => Color.Yellow,
        DevicePhase.Downloading => Color.Blue,
        _ => Color.Grey,
    };
}
