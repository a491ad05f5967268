using Godwit.Core.Why;

namespace Godwit.Core.Tests.Why;

public sealed class RunningVersionTests
{
    [Theory]
    [InlineData("accepted  v1.2.3", "1.2.3")]
    [InlineData("accepted v0.9.2 ", "0.9.2")]
    [InlineData("accepted 2.0.0-rc.1", "2.0.0-rc.1")]
    [InlineData("rejected: 0x00000000", null)]
    [InlineData("accepted", null)]
    [InlineData("accepted v1 <b>", null)]
    [InlineData(null, null)]
    public void A_device_names_its_version_in_its_last_report(string? reason, string? version) => Assert.Equal(version, RunningVersion.OfReason(reason));

    [Theory]
    [InlineData("1.2", "v1.2.0", true)]
    [InlineData("1.2.0-RC1", "1.2.0-rc1", true)]
    [InlineData("1.20", "1.2", false)]
    [InlineData("10", "1", false)]
    public void Ways_of_writing_one_version_are_one_version(string one, string other, bool same)
    {
        Assert.Equal(same, RunningVersion.IsSame(one, other));
        Assert.Equal(same, RunningVersion.IsSame(other, one));
    }

    [Theory]
    [InlineData("1.1.0", null, null, false, VersionEvidence.Claimed)]
    [InlineData("1.1.0", "1.1.0", null, false, VersionEvidence.Verified)]
    [InlineData("1.1.0", "1.0.0", null, false, VersionEvidence.Contradicted)]
    [InlineData("1.1.0", null, "1.1", false, VersionEvidence.Verified)]
    [InlineData("1.1.0", null, "1.0", false, VersionEvidence.Contradicted)]
    // What the device says after its self-test is newer than what stood in the registry before.
    [InlineData("1.1.0", "1.1.0", "1.0", false, VersionEvidence.Verified)]
    // And what the registry was told afterwards is newer still.
    [InlineData("1.1.0", "1.1.0", "1.0", true, VersionEvidence.Contradicted)]
    [InlineData("1.1.0", "1.0.0", "1.1.0", true, VersionEvidence.Verified)]
    // The id of an update is nothing to compare with.
    [InlineData("emulated-release", "1.0.0", "1.0.0", true, VersionEvidence.Claimed)]
    public void The_newest_word_counts(string claimed, string? reported, string? attribute, bool attributeIsNewer, VersionEvidence evidence) =>
        Assert.Equal(evidence, RunningVersion.Judge(claimed, reported, attribute, attributeIsNewer));

    [Fact]
    public void Attributes_count_where_they_hold_a_version()
    {
        Assert.Equal("2.1", RunningVersion.OfAttributes(new Dictionary<string, string> { ["version"] = "1.0", ["firmwareVersion"] = "2.1" }));
        Assert.Equal("v3", RunningVersion.OfAttributes(new Dictionary<string, string> { ["version"] = "v3", ["firmwareVersion"] = "unknown" }));
        Assert.Null(RunningVersion.OfAttributes(new Dictionary<string, string> { ["model"] = "2.1" }));
        Assert.Null(RunningVersion.OfAttributes(null));
    }
}
