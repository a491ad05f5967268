using CsCheck;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public class RetryRuleProperties
{
    private static readonly Gen<RetryPolicy> Policy =
        Gen.OneOf(Gen.Int[0, 10].Select(RetryPolicy.ForAll), Gen.Select(Gen.Int[0, 10], Gen.Int[0, 10], (failed, timedOut) => new RetryPolicy(failed, timedOut, false)));

    private static readonly Gen<JobExecutionStatus[]> Endings = Gen.Enum<JobExecutionStatus>().Array[0, 40];

    [Fact]
    public void Each_type_gets_its_own_count_all_types_share_one_and_ten_is_the_most() => Gen.Select(Policy, Endings).Sample((policy, endings) =>
    {
        // The plain reference: a bag of tries for each type, or one bag for both.
        var (failed, timedOut, left) = (policy.Failed, policy.TimedOut, RetryRule.RetriesMax);
        var used = default(RetriesUsed);
        foreach (var ended in endings)
        {
            var expected = left > 0 && ended switch
            {
                JobExecutionStatus.Failed => failed > 0,
                JobExecutionStatus.TimedOut => timedOut > 0,
                _ => false,
            };
            var next = RetryRule.Next(policy, ended, used);
            Assert.Equal(expected, next is not null);
            if (next is not { } after)
                continue;
            Assert.Equal(used.All + 1, after.All);
            used = after;
            left--;
            if (policy.Shared || ended == JobExecutionStatus.Failed)
                failed--;
            if (policy.Shared || ended == JobExecutionStatus.TimedOut)
                timedOut--;
        }
    });

    [Fact]
    public void What_was_rejected_canceled_removed_or_is_not_over_is_never_tried_again() => Policy.Sample(policy =>
    {
        foreach (var status in Enum.GetValues<JobExecutionStatus>().Except([JobExecutionStatus.Failed, JobExecutionStatus.TimedOut]))
            Assert.Null(RetryRule.Next(policy, status, default));
    });
}
