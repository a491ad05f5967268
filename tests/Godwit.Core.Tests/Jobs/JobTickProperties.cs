using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public class JobTickProperties
{
    [Fact]
    public void An_abort_holds_exactly_when_the_percentage_in_whole_numbers_does() =>
        Gen.Select(Gen.Long[0, 300], Gen.Long[0, 300], Gen.Long[0, 300], Gen.Long[0, 300], Gen.Int[1, 10000], Gen.Int[1, 300], Gen.Enum<FailureType>())
            .Sample((succeeded, failed, rejected, timedOut, hundredths, minimum, type) =>
            {
                var counts = new JobCounts(9, 9, succeeded, failed, timedOut, rejected, 9, 9);
                var executed = succeeded + failed + rejected + timedOut;
                var matching = type switch { FailureType.Failed => failed, FailureType.Rejected => rejected, FailureType.TimedOut => timedOut, _ => failed + rejected + timedOut };
                var expected = executed >= minimum && matching * 10000 >= hundredths * executed;
                Assert.Equal(expected, AbortRule.FirstThatHolds([new AbortCriterion(type, hundredths / 100.0, minimum)], counts) is not null);
            });

    [Fact]
    public void The_worked_example_aborts_at_the_fifth_of_ten()
    {
        AbortCriterion[] abort = [new(FailureType.Failed, 20, 5)];
        Assert.Null(Decide(State(5, new JobCounts(Succeeded: 3, Failed: 1), abort)).AbortedBy);
        var decision = Decide(State(5, new JobCounts(Succeeded: 4, Failed: 1), abort));
        Assert.Equal((0, 0, false), (decision.AbortedBy, decision.Start, decision.Complete));
    }

    [Fact]
    public void A_job_starts_never_more_than_waits_and_ends_once_nothing_is_left() =>
        Gen.Select(Gen.Int[0, 30], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Bool, Gen.Bool, Gen.Enum<JobStatus>()).Sample((pending, queued, inProgress, continuous, resolving, status) =>
        {
            var state = State(pending, new JobCounts(Queued: queued, InProgress: inProgress), []) with { Continuous = continuous, Resolving = resolving, Status = status };
            var decision = Decide(state);
            // A scheduled job whose hour has come is as good as begun.
            var runs = status is JobStatus.InProgress or JobStatus.Scheduled;
            Assert.InRange(decision.Start, 0, runs && !resolving ? pending : 0);
            Assert.Equal(runs && !resolving && !continuous && pending + queued + inProgress == 0, decision.Complete);
            if (decision.Start < pending && runs && !resolving)
                Assert.True(decision.Wait > TimeSpan.Zero);
        });

    [Fact]
    public void A_job_that_is_done_when_its_end_time_comes_is_completed_and_not_canceled() =>
        Gen.Select(Gen.Enum<EndBehavior>(), Gen.Int[0, 2], Gen.Int[0, 2], Gen.Bool).Sample((atEnd, pending, open, continuous) =>
        {
            var decision = Decide(State(pending, new JobCounts(InProgress: open, Succeeded: 3), []) with { Phase = SchedulePhase.Ended, AtEnd = atEnd, Continuous = continuous });
            var done = !continuous && pending + open == 0;
            Assert.Equal((done, !done && (atEnd != EndBehavior.StopRollout || pending > 0)), (decision.Complete, decision.End));
        });

    [Fact]
    public void Names_on_the_wire_come_back()
    {
        foreach (var status in Enum.GetValues<JobExecutionStatus>())
            Assert.Equal(status, JobExecutionStatuses.Parse(status.Wire()));
        Assert.Null(JobExecutionStatuses.Parse("queued"));
    }

    private static JobDecision Decide(JobState state) => JobTick.Decide(state);

    private static JobState State(long pending, JobCounts counts, AbortCriterion[] abort) =>
        new(JobStatus.InProgress, false, pending, false, counts.All, counts, RolloutRate.Default, abort, PaceState.Start, TimeSpan.Zero);
}
