using System.Text.Json;
using Godwit.Core.Planning;

namespace Godwit.Core.Tests.Planning;

public class FleetModelReaderTests
{
    [Fact]
    public void Every_member_and_every_distribution_is_read()
    {
        var model = Read("""
            {"online": 0.9, "downloadSeconds": {"normal": {"mean": 60, "sd": 10}}, "failureRate": {"uniform": [0.01, 0.05]}, "rejectRate": 0.1, "revertRate": 0, "stallRate": 0.02,
             "offlineMinutes": {"empirical": [1, 2, 30]}}
            """).Value;
        var profile = Assert.Single(model.Classes).Profile;
        Assert.Equal(Distribution.Of(0.9), profile.Online);
        Assert.Equal(new Distribution(DistributionKind.Normal, 60, 10), profile.DownloadSeconds);
        Assert.Equal(new Distribution(DistributionKind.Uniform, 0.01, 0.05), profile.FailureRate);
        Assert.Equal((0.1, 0.0, 0.02), (profile.RejectRate.A, profile.RevertRate.A, profile.StallRate.A));
        Assert.Equal([1.0, 2.0, 30.0], profile.OfflineMinutes!.Values!);
        Assert.True(model.IsRandom);
        Assert.False(Read("""{"downloadSeconds": 30, "failureRate": 1, "online": 0}""").Value.IsRandom);
        Assert.Equal(60, Read("{}").Value.Classes[0].Profile.DownloadSeconds.Mean);
    }

    [Fact]
    public void Attributes_split_the_fleet_and_override_what_they_name()
    {
        var model = Read("""
            {"failureRate": 0.01, "downloadSeconds": 20,
             "byAttribute": {"hw": {"rev3": {"share": 0.2, "failureRate": 0.3}, "rev4": {"share": 0.3, "online": 0.5}}, "site": {"sea": {"share": 0.1, "downloadSeconds": 600}}}}
            """).Value;
        Assert.Equal(
            [("hw=rev3, site=sea", 0.02, 0.3, 600.0), ("hw=rev3", 0.18, 0.3, 20.0), ("hw=rev4, site=sea", 0.03, 0.01, 600.0), ("hw=rev4", 0.27, 0.01, 20.0), ("site=sea", 0.05, 0.01, 600.0), ("", 0.45, 0.01, 20.0)],
            model.Classes.Select(one => (one.Name, Math.Round(one.Share, 9), one.Profile.FailureRate.A, one.Profile.DownloadSeconds.A)));
    }

    [Theory]
    [InlineData("""[]""", "model must be an object, and is []")]
    [InlineData("""{"failurerate": 0.1}""", "no member 'failurerate'")]
    [InlineData("""{"share": 0.1}""", "no member 'share'")]
    [InlineData("""{"online": 1.1}""", "model.online must be a number from 0 to 1, and is 1.1")]
    [InlineData("""{"online": -0.1}""", "model.online must be a number from 0 to 1")]
    [InlineData("""{"online": "0.5"}""", "model.online must be a number, {\"uniform\"")]
    [InlineData("""{"downloadSeconds": 1e300}""", "model.downloadSeconds must be a number from 0 to")]
    [InlineData("""{"downloadSeconds": {"gamma": 3}}""", "model.downloadSeconds must be a number, {")]
    [InlineData("""{"downloadSeconds": {"uniform": [5, 1]}}""", "the first must not be greater")]
    [InlineData("""{"downloadSeconds": {"uniform": [5]}}""", "model.downloadSeconds must be a number, {")]
    [InlineData("""{"downloadSeconds": {"normal": {"mean": 5}}}""", "model.downloadSeconds.normal needs 'sd'")]
    [InlineData("""{"downloadSeconds": {"empirical": []}}""", "model.downloadSeconds must be a number, {")]
    [InlineData("""{"failureRate": 0.6, "revertRate": 0.5}""", "add up to 1.1, more than 1")]
    [InlineData("""{"byAttribute": {"hw": {"a": {"share": 0.7}, "b": {"share": 0.4}}}}""", "The shares in model.byAttribute.hw add up to 1.1")]
    [InlineData("""{"byAttribute": {"hw": {"a": {"failureRate": 0.4}}}}""", "model.byAttribute.hw.a needs a 'share'")]
    [InlineData("""{"byAttribute": {"hw": {"a": {"share": 0.5, "byAttribute": {}}}}}""", "no member 'byAttribute'")]
    public void What_is_wrong_is_named(string json, string expected)
    {
        var error = Read(json).Error;
        Assert.Equal("InvalidRequestException", error?.Code);
        Assert.Contains(expected, error!.Message);
    }

    private static Result<FleetModel> Read(string json) => FleetModelReader.Read(JsonDocument.Parse(json).RootElement);
}
