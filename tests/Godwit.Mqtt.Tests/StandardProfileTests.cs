using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Conformance;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

/// <summary>Where AWS departs from OASIS: what the standard profile does instead, clause by clause, and what AWS's does.</summary>
public sealed class StandardProfileTests
{
    [Fact]
    [Mqtt5("3.3.4-2", "3.3.4-4")]
    public async Task A_message_carries_the_identifiers_of_all_subscriptions_that_match_MQTT_3_3_4_4()
    {
        await using var under = await Start(MqttProfile.Standard);
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await client.Subscribe("a/#", QoS.AtMostOnce, new Properties { SubscriptionIds = [1] });
        await client.Subscribe("a/+", QoS.AtLeastOnce, new Properties { SubscriptionIds = [268_435_455] });
        await client.Subscribe("a/b", QoS.AtMostOnce);
        under.Broker.Publish("a/b", "x"u8.ToArray(), QoS.ExactlyOnce, retain: false);
        var message = await client.NextPublish();
        Assert.Equal(QoS.AtLeastOnce, message.QoS);
        Assert.Equal([1u, 268_435_455u], message.Properties!.SubscriptionIds!.Order());
        await client.Ping();
    }

    [Fact]
    [Mqtt5("3.8.3-3")]
    public async Task No_local_counts_for_its_own_subscription_only_MQTT_3_8_3_3()
    {
        await using var under = await Start(MqttProfile.Standard);
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await client.Subscribe(new SubscribeFilter("a/b", QoS.AtLeastOnce) { NoLocal = true });
        await client.Subscribe("a/+", QoS.AtMostOnce);
        await client.Publish("a/b", "x");
        var message = await client.NextPublish();
        Assert.Equal(QoS.AtMostOnce, message.QoS);
        await client.Ping();
    }

    [Theory]
    [InlineData(0, false, true)]
    [InlineData(0, true, true)]
    [InlineData(1, false, true)]
    [InlineData(1, true, false)]
    [InlineData(2, false, false)]
    [Mqtt5("3.3.1-9", "3.3.1-10", "3.3.1-11")]
    public async Task Retain_handling_says_whether_a_subscription_gets_what_is_retained_MQTT_3_3_1_9_to_11(byte handling, bool again, bool sent)
    {
        await using var under = await Start(MqttProfile.Standard);
        under.Broker.Publish("a/b", "kept"u8.ToArray(), QoS.AtLeastOnce, retain: true);
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        if (again)
            await client.Subscribe(new SubscribeFilter("a/#", QoS.AtMostOnce) { RetainHandling = 2 });
        await client.Subscribe(new SubscribeFilter("a/#", QoS.AtMostOnce) { RetainHandling = handling }, new Properties { SubscriptionIds = [9] });
        if (sent)
        {
            var message = await client.NextPublish();
            Assert.Equal(("kept", true), (message.Payload, message.Retain));
            Assert.Equal([9u], message.Properties!.SubscriptionIds!);
        }

        await client.Ping();
    }

    [Fact]
    [Mqtt5("3.3.1-12", "3.3.1-13")]
    public async Task Retain_as_published_keeps_the_flag_MQTT_3_3_1_12_13()
    {
        await using var under = await Start(MqttProfile.Standard);
        await using var with = await under.Connect("d1", ProtocolLevel.V5);
        await using var without = await under.Connect("d2", ProtocolLevel.V5);
        await with.Subscribe(new SubscribeFilter("t", QoS.AtMostOnce) { RetainAsPublished = true });
        await without.Subscribe("t", QoS.AtMostOnce);
        under.Broker.Publish("t", "x"u8.ToArray(), QoS.AtMostOnce, retain: true);
        Assert.Equal((true, false), ((await with.NextPublish()).Retain, (await without.NextPublish()).Retain));
    }

    [Theory]
    [InlineData("standard", true)]
    [InlineData("aws", false)]
    [Mqtt311("4.7.1-2")]
    [Mqtt5("4.7.1-1")]
    public async Task The_parent_of_a_multi_level_wildcard_matches_MQTT_4_7_1_2_and_not_at_AWS(string profile, bool matches)
    {
        await using var under = await Start(profile == "aws" ? MqttProfile.Aws : MqttProfile.Standard);
        await using var client = await under.Connect("d");
        await client.Subscribe("a/#", QoS.AtMostOnce);
        Assert.Equal(matches ? 1 : 0, under.Broker.Publish("a", "x"u8.ToArray(), QoS.AtMostOnce, retain: false));
    }

    [Theory]
    [InlineData("standard", true)]
    [InlineData("aws", false)]
    [Mqtt311("3.1.3-2")]
    [Mqtt5("3.1.3-2")]
    public async Task A_client_that_changes_its_level_finds_its_session_and_not_at_AWS(string profile, bool present)
    {
        await using var under = await Start(profile == "aws" ? MqttProfile.Aws : MqttProfile.Standard);
        await using (var client = await under.Connect("d", clean: false))
            await client.Subscribe("t", QoS.AtLeastOnce);
        await under.Host.Until("disconnected d ConnectionLost");
        await using var again = await under.Open(ProtocolLevel.V5);
        var answer = await again.Connect("d", clean: false, properties: new Properties { SessionExpirySeconds = 60 });
        Assert.Equal(present, answer.SessionPresent);
    }

    [Theory]
    [InlineData("standard", 2_000_000u)]
    [InlineData("aws", 604_800u)]
    [Mqtt5("3.3.2-6")]
    public async Task AWS_lowers_a_long_message_expiry(string profile, uint expected)
    {
        await using var under = await Start(profile == "aws" ? MqttProfile.Aws : MqttProfile.Standard);
        await using var client = await under.Connect("d", ProtocolLevel.V5);
        await client.Subscribe("t", QoS.AtMostOnce);
        await client.Publish("t", "x", properties: new Properties { MessageExpirySeconds = 2_000_000 });
        Assert.Equal(expected, (await client.NextPublish()).Properties!.MessageExpirySeconds);
    }

    [Fact]
    public async Task CONNACK_names_nothing_less_than_the_standard_MQTT_3_2_2()
    {
        await using var under = await Start(MqttProfile.Standard);
        await using var client = await under.Open(ProtocolLevel.V5);
        var told = (await client.Connect("$any/" + new string('d', 300), keepAlive: 0)).Properties!;
        Assert.Null(told.MaximumQos);
        Assert.Null(told.ServerKeepAliveSeconds);
        byte?[] available = [told.RetainAvailable, told.WildcardSubscriptionAvailable, told.SubscriptionIdsAvailable, told.SharedSubscriptionAvailable];
        Assert.All(available, flag => Assert.Equal((byte)1, flag));
    }

    [Fact]
    public void Every_setting_reads_as_it_was_given_and_nothing_else_is_taken()
    {
        foreach (var name in MqttProfileSettings.Names)
        {
            var standard = MqttProfileSettings.Read(MqttProfile.Standard, name);
            var changed = MqttProfileSettings.Apply(MqttProfile.Aws, $"{name}={standard}", out var mistake);
            Assert.Null(mistake);
            Assert.Equal(standard, MqttProfileSettings.Read(changed!, name));
            Assert.Null(MqttProfileSettings.Apply(MqttProfile.Aws, $"{name}=much", out mistake));
            Assert.Contains(name, mistake, StringComparison.Ordinal);
        }

        var all = MqttProfileSettings.Names.Aggregate(MqttProfile.Aws, (profile, name) =>
            MqttProfileSettings.Apply(profile, $"{name}={MqttProfileSettings.Read(MqttProfile.Standard, name)}", out _)!);
        Assert.Equal(MqttProfile.Standard, all);
        Assert.Null(MqttProfileSettings.Apply(MqttProfile.Aws, "no-such=1", out var unknown));
        Assert.Contains("maximum-qos", unknown, StringComparison.Ordinal);
    }

    private static Task<BrokerUnderTest> Start(MqttProfile profile) => BrokerUnderTest.Start(options => options with { Profile = profile });
}
