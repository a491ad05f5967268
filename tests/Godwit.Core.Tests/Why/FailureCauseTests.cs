using Godwit.Core.Jobs;
using Godwit.Core.Why;

namespace Godwit.Core.Tests.Why;

public sealed class FailureCauseTests
{
    [Fact]
    public void One_cause_is_one_cluster_whatever_the_platforms_own_code_is()
    {
        var first = FailureCause.Of(JobExecutionStatus.Failed, "0x000000e3: 0x00000000");
        var second = FailureCause.Of(JobExecutionStatus.Failed, "0x000000e3: 0x00001503");
        Assert.Equal(first, second);
        Assert.Equal("the image's signature does not verify", first.Title);
        Assert.NotEmpty(first.Remedy);
    }

    [Theory]
    [InlineData("rejected: 0x00000000", true)]
    [InlineData("rejected: 0x00000011", true)]
    [InlineData("0x00000011: 0x00000000", true)]
    [InlineData("0x26000000: 0x00000000", true)]
    [InlineData("rejected: 0x00000010", false)]
    [InlineData("0x000000e3: 0x00000000", false)]
    [InlineData("out of coffee", false)]
    public void Only_some_causes_say_that_the_old_image_runs_again(string reason, bool fellBack) =>
        Assert.Equal(fellBack, FailureCause.Of(JobExecutionStatus.Failed, reason).FellBack);

    [Fact]
    public void Words_that_nobody_knows_stand_for_themselves_up_to_a_length()
    {
        var cause = FailureCause.Of(JobExecutionStatus.Failed, new string('x', 5000));
        Assert.Equal(new string('x', 120), cause.Title);
        Assert.Equal(cause.Title, cause.Key);
    }

    [Fact]
    public void Silence_is_a_cause_of_its_own()
    {
        Assert.Equal("timed-out", FailureCause.Of(JobExecutionStatus.TimedOut, "0x000000e3: 0x00000000").Key);
        Assert.NotEqual(FailureCause.Of(JobExecutionStatus.Failed, null).Key, FailureCause.Of(JobExecutionStatus.Rejected, " ").Key);
    }
}
