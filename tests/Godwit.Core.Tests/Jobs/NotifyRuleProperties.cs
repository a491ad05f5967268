using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

/// <summary>The matrix of changes and pushes that a live capture of AWS shows.</summary>
public class NotifyRuleProperties
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void One_added_as_head_sends_both_and_behind_the_head_the_list_alone()
    {
        Assert.Equal(new Pushes(true, true), NotifyRule.For(null, Queued("a", 0), []));
        Assert.Equal(new Pushes(true, false), NotifyRule.For(null, Queued("b", 1), [Queued("a", 0)]));
    }

    [Fact]
    public void The_head_that_starts_or_reports_progress_sends_nothing()
    {
        Assert.Equal(new Pushes(false, false), NotifyRule.For(Queued("a", 0), Started("a", 0, 5), []));
        Assert.Equal(new Pushes(false, false), NotifyRule.For(Started("a", 0, 5), Started("a", 0, 5), [Queued("b", 1)]));
    }

    [Fact]
    public void A_later_one_started_by_its_id_is_the_next_unless_another_is_in_progress()
    {
        Assert.Equal(new Pushes(false, true), NotifyRule.For(Queued("b", 1), Started("b", 1, 5), [Queued("a", 0)]));
        Assert.Equal(new Pushes(false, false), NotifyRule.For(Queued("b", 1), Started("b", 1, 5), [Started("a", 0, 4)]));
    }

    [Fact]
    public void The_head_that_ends_sends_both_and_another_that_ends_the_list_alone()
    {
        Assert.Equal(new Pushes(true, true), NotifyRule.For(Started("a", 0, 5), null, [Queued("b", 1)]));
        Assert.Equal(new Pushes(true, true), NotifyRule.For(Started("a", 0, 5), null, []));
        Assert.Equal(new Pushes(true, false), NotifyRule.For(Queued("b", 1), null, [Started("a", 0, 5)]));
    }

    [Fact]
    public void A_retry_that_takes_its_place_is_another_execution() =>
        Assert.Equal(new Pushes(true, true), NotifyRule.For(Started("a", 0, 5), Queued("a", 9) with { ExecutionNumber = 2 }, []));

    [Fact]
    public void The_pushes_are_what_the_lists_before_and_after_say() =>
        Gen.Select(GenExecution.Nullable(), GenExecution.Nullable(), GenExecution.Array[0, 5]).Sample((before, after, others) =>
        {
            List<OpenExecution> Sorted(OpenExecution? one)
            {
                List<OpenExecution> all = one is { } execution ? [.. others, execution] : [.. others];
                all.Sort(ExecutionQueue.Compare);
                return all;
            }

            static (string, long)? Id(OpenExecution? execution) => execution is { } e ? (e.JobId, e.ExecutionNumber) : null;
            static (string, long)? First(List<OpenExecution> all) => all.Count > 0 ? Id(all[0]) : null;
            var expected = new Pushes(Id(before) != Id(after), First(Sorted(before)) != First(Sorted(after)));
            Assert.Equal(expected, NotifyRule.For(before, after, others));
        });

    private static readonly Gen<OpenExecution> GenExecution =
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Bool, (job, queued, started, isStarted) =>
            isStarted ? Started($"j{job}", queued, started) : Queued($"j{job}", queued));

    private static OpenExecution Queued(string job, int second) => new(job, 1, false, Noon.AddSeconds(second), null);

    private static OpenExecution Started(string job, int second, int started) => new(job, 1, true, Noon.AddSeconds(second), Noon.AddSeconds(started));
}
