using Godwit.Core;
using Godwit.Mqtt.Packets;
using Godwit.Server.Policies;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>What the door tells policies about a connection.</summary>
public sealed class PolicyVariableTests(OneDoor shared) : IClassFixture<OneDoor>
{
    [Theory]
    [InlineData("${iot:ClientId}")]
    [InlineData("${iot:Connection.Thing.ThingName}")]
    [InlineData("${iot:Certificate.Subject.CommonName}")]
    [InlineData("${iot:Certificate.Subject.CommonName.0}")]
    [InlineData("${aws:SourceIp}")]
    public async Task A_variable_opens_its_own_value_and_nothing_else(string variable)
    {
        var device = await shared.Door.Register("dev7", OnTopic($"own/{variable}"));
        var own = variable switch
        {
            "${aws:SourceIp}" => "127.0.0.1",
            _ when variable.Contains("Certificate", StringComparison.Ordinal) => device.Certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, false),
            _ => "dev7",
        };
        await using var client = await shared.Door.Connect(device, "dev7", ProtocolLevel.V5);

        Assert.NotEqual(ReasonCode.NotAuthorized, await Publish(client, $"own/{own}"));
        Assert.Equal(ReasonCode.NotAuthorized, await Publish(client, "own/other"));
        Assert.Equal(ReasonCode.NotAuthorized, await Publish(client, $"own/{variable}"));
    }

    [Theory]
    [InlineData("${iot:Connection.Thing.ThingName}")]
    [InlineData("${iot:Certificate.Subject.Country}")]
    [InlineData("${iot:Connection.Thing.Attributes[site]}")]
    public async Task A_variable_without_a_value_opens_nothing(string variable)
    {
        // The certificate is attached to no thing, so the client id alone makes nobody a thing.
        await using var client = await shared.Door.Connect(await shared.Door.Register(policy: OnTopic($"own/{variable}")), "dev7", ProtocolLevel.V5);

        Assert.Equal(ReasonCode.NotAuthorized, await Publish(client, "own/dev7"));
        Assert.Equal(ReasonCode.NotAuthorized, await Publish(client, "own/"));
    }

    [Theory]
    [InlineData("+")]
    [InlineData("#")]
    [InlineData("a*")]
    [InlineData("?")]
    public async Task A_client_id_that_means_something_in_patterns_opens_nothing(string clientId)
    {
        const string policy =
            """
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
              {"Effect":"Allow","Action":["iot:Subscribe","iot:Receive","iot:Publish"],"Resource":["arn:aws:iot:us-east-1:*:topicfilter/own/${iot:ClientId}","arn:aws:iot:us-east-1:*:topic/own/${iot:ClientId}"]}]}
            """;
        await using var client = await shared.Door.Connect(await shared.Door.Register(policy: policy), clientId, ProtocolLevel.V5);

        Assert.Equal(ReasonCode.NotAuthorized, await client.Subscribe("own/" + clientId, QoS.AtMostOnce));
        Assert.Equal(ReasonCode.NotAuthorized, await Publish(client, "own/abc"));
    }

    [Fact]
    public async Task A_policy_on_a_group_holds_for_its_things_and_leaving_the_group_acts_on_the_live_connection()
    {
        var door = shared.Door;
        var user = Registrar.UserOf(DeviceDoorUnderTest.Account);
        var device = await door.Register("dev7", OnTopic("nothing"));
        await door.Registrar.Do<CreateThingGroup, CreateThingGroup.Request, CreateThingGroup.Response>(user, new() { ThingGroupName = "fleet" });
        await door.Registrar.Do<AddThingToThingGroup, AddThingToThingGroup.Request, Nothing>(user, new() { ThingGroupName = "fleet", ThingName = "dev7" });
        await door.Registrar.Do<CreatePolicy, CreatePolicy.Request, CreatePolicy.Response>(user, new() { PolicyName = "of-fleet", PolicyDocument = OnTopic("own/of-fleet") });
        await using var client = await door.Connect(device, "dev7", ProtocolLevel.V5);
        Assert.Equal(ReasonCode.NotAuthorized, await Publish(client, "own/of-fleet"));

        await door.Change(device, () => door.Registrar.Do<AttachPolicy, AttachPolicy.Request, Nothing>(
            user, new() { PolicyName = "of-fleet", Target = user.IotArn("thinggroup/fleet") }));
        Assert.NotEqual(ReasonCode.NotAuthorized, await Publish(client, "own/of-fleet"));

        await door.Change(device, () => door.Registrar.Do<RemoveThingFromThingGroup, RemoveThingFromThingGroup.Request, Nothing>(
            user, new() { ThingGroupName = "fleet", ThingName = "dev7" }));
        Assert.Equal(ReasonCode.NotAuthorized, await Publish(client, "own/of-fleet"));
    }

    private static string OnTopic(string topic) =>
        """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
          {"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:us-east-1:000000000000:topic/TOPIC"}]}
        """.Replace("TOPIC", topic, StringComparison.Ordinal);

    private static async Task<ReasonCode> Publish(Godwit.Mqtt.Tests.Harness.RawClient client, string topic)
    {
        await client.Publish(topic, "x", QoS.AtLeastOnce);
        return (await client.Next(PacketType.PubAck)).Ack.Reason;
    }
}
