using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public class ExecutionUpdateProperties
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Twenty = TimeSpan.FromMinutes(20);
    private static readonly JobExecutionStatus[] All = Enum.GetValues<JobExecutionStatus>();

    private static readonly JobExecutionStatus[] DeviceMaySet =
        [JobExecutionStatus.InProgress, JobExecutionStatus.Succeeded, JobExecutionStatus.Failed, JobExecutionStatus.Rejected];

    [Fact]
    public void Every_pair_of_statuses_is_allowed_or_refused_as_AWS_does()
    {
        foreach (var from in All)
        {
            foreach (var to in All)
            {
                var decision = ExecutionUpdate.Decide(In(from), to.Wire(), null, null, null, Noon);
                if (from.IsTerminal())
                    Assert.Equal((null, ExecutionRefusal.TerminalState), (decision.Next, decision.Refusal));
                else if (!DeviceMaySet.Contains(to))
                    Assert.Equal((null, $"The status of job execution cannot be changed to be {to.Wire()}"), (decision.Next, decision.Message));
                else
                    Assert.Equal((to, 2), (decision.Next!.Status, decision.Next.Version));
            }
        }
    }

    [Fact]
    public void A_stale_version_is_refused_in_AWS_words()
    {
        var decision = ExecutionUpdate.Decide(In(JobExecutionStatus.Queued), "IN_PROGRESS", 99, null, null, Noon);
        Assert.Equal((ExecutionRefusal.VersionMismatch, "Expected version 99 but found version 1"), (decision.Refusal, decision.Message));
    }

    [Fact]
    public void The_worked_example_of_the_two_timers_ends_where_the_guide_says()
    {
        var execution = ExecutionUpdate.Decide(In(JobExecutionStatus.Queued), "IN_PROGRESS", null, null, Twenty, Noon).Next!;
        DateTimeOffset? Step(int minute, int step)
        {
            execution = ExecutionUpdate.Decide(execution, "IN_PROGRESS", null, step, Twenty, Noon.AddMinutes(minute)).Next!;
            return execution.Timers.Due;
        }

        Assert.Equal(Noon.AddMinutes(20), execution.Timers.Due);
        Assert.Equal(Noon.AddMinutes(12), Step(5, 7));
        Assert.Equal(Noon.AddMinutes(15), Step(10, 5));
        Assert.Equal(Noon.AddMinutes(20), Step(13, 9));
        Assert.Equal(Noon.AddMinutes(20), Step(14, -1));
        Assert.Equal(360, execution.Timers.SecondsLeft(Noon.AddMinutes(14)));
        Assert.False(execution.Timers.IsDue(Noon.AddMinutes(20).AddTicks(-1)));
        Assert.True(execution.Timers.IsDue(Noon.AddMinutes(20)));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-2, false)]
    [InlineData(10081, false)]
    [InlineData(1, true)]
    [InlineData(10080, true)]
    [InlineData(-1, true)]
    public void A_step_timer_keeps_its_bounds(long minutes, bool good) =>
        Assert.Equal(good, ExecutionUpdate.Decide(In(JobExecutionStatus.Queued), "IN_PROGRESS", null, minutes, null, Noon).Next is not null);

    [Fact]
    public void Any_story_of_updates_keeps_the_invariants() =>
        Gen.Select(Gen.OneOf(["UNKNOWN", "", "in_progress", .. All.Select(status => status.Wire())]), Gen.Long[0, 6].Nullable(), Gen.OneOf(1L, 60L, -1L, 0L).Nullable())
            .Array[1, 12].Sample(story =>
            {
                var execution = In(JobExecutionStatus.Queued);
                foreach (var (status, expected, step) in story)
                {
                    if (ExecutionUpdate.Decide(execution, status, expected, step, Twenty, Noon).Next is not { } next)
                        continue;
                    Assert.False(execution.Status.IsTerminal());
                    Assert.Equal(execution.Version + 1, next.Version);
                    Assert.True(expected is null || expected == execution.Version);
                    Assert.Equal(next.Status == JobExecutionStatus.InProgress, next.Timers.Due is not null);
                    execution = next;
                }
            });

    private static ExecutionState In(JobExecutionStatus status) => new(status, 1, null, default);
}
