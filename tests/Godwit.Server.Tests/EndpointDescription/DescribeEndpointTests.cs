using Godwit.Server.EndpointDescription;
using Godwit.Server.Tests.Things;

namespace Godwit.Server.Tests.EndpointDescription;

public sealed class DescribeEndpointTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("iot:Data")]
    [InlineData("iot:Data-ATS")]
    [InlineData("iot:CredentialProvider")]
    [InlineData("iot:Jobs")]
    public async Task Every_type_is_answered_by_the_host_alone(string? type)
    {
        var operation = new DescribeEndpoint(new Endpoints { Host = "godwit.example", MqttPort = 18883 });
        var answer = await operation.Handle(Registry.Anna, new DescribeEndpoint.Request { EndpointType = type }, TestContext.Current.CancellationToken);
        Assert.Equal("godwit.example", answer.Value.EndpointAddress);
    }

    [Theory]
    [InlineData("")]
    [InlineData("iot:data")]
    [InlineData("https")]
    public async Task An_unknown_type_is_refused(string type)
    {
        var operation = new DescribeEndpoint(new Endpoints());
        var answer = await operation.Handle(Registry.Anna, new DescribeEndpoint.Request { EndpointType = type }, TestContext.Current.CancellationToken);
        Assert.Equal("InvalidRequestException", answer.Error!.Code);
    }
}
