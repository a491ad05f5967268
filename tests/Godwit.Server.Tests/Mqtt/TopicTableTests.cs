using Godwit.Server.Mqtt;

namespace Godwit.Server.Tests.Mqtt;

public sealed class TopicTableTests
{
    private static readonly TopicTable Table = new([
        new Area("jobs", ["get", "start-next", "{jobId}/get", "{jobId}/update"]),
        new Area("streams", ["{streamId}/get/{format}"]),
    ]);

    [Theory]
    [InlineData("$aws/things/dev7/jobs/get", "get")]
    [InlineData("$aws/things/dev7/jobs/$next/get", "$next/get")]
    [InlineData("$aws/things/dev7/jobs/get/get", "get/get")]
    [InlineData("$aws/things/dev7/streams/AFR_OTA-1/get/cbor", "AFR_OTA-1/get/cbor")]
    public void A_request_topic_finds_its_service_its_thing_and_what_is_behind_the_area(string topic, string rest)
    {
        var route = Table.Find(topic);

        Assert.Equal((TopicKind.Request, "dev7", rest), (route.Kind, route.Thing, route.Rest));
        Assert.Equal(topic.Split('/')[3], route.Service!.Area);
    }

    [Theory]
    [InlineData("$aws/things/dev7/jobs/nonsense")]
    [InlineData("$aws/things/dev7/jobs/x/update/more")]
    [InlineData("$aws/things/dev7/jobs/x/y/get")]
    [InlineData("$aws/things/dev7/streams/x/get")]
    [InlineData("$aws/things/dev7/jobs//get")]
    public void A_topic_of_a_service_that_names_no_request_is_its_to_refuse(string topic) =>
        Assert.Equal((TopicKind.Unmapped, "dev7"), (Table.Find(topic).Kind, Table.Find(topic).Thing));

    [Theory]
    [InlineData("$aws/things/dev7/jobs/notify")]
    [InlineData("$aws/things/dev7/jobs/notify-next")]
    [InlineData("$aws/things/dev7/jobs/get/accepted")]
    [InlineData("$aws/things/dev7/jobs/x/update/rejected")]
    [InlineData("$aws/things/dev7/jobs/")]
    [InlineData("$aws/things/dev7/jobs")]
    [InlineData("$aws/things//jobs/get")]
    [InlineData("$aws/things/dev7/jobs/x/accepted/get")]
    [InlineData("$aws/things/dev7/streams/x/data/cbor")]
    [InlineData("$aws/things/dev7/streams/x/description/json")]
    [InlineData("$aws/things/dev7/streams/x/rejected/json")]
    [InlineData("$aws/things/dev7/shadow/update")]
    [InlineData("$aws/events/presence/connected/dev7")]
    [InlineData("$SYS/broker/uptime")]
    [InlineData("$AWS/things/dev7/jobs/get")]
    [InlineData("$")]
    public void No_device_may_speak_where_only_the_service_speaks(string topic) =>
        Assert.Equal(TopicKind.Illegal, Table.Find(topic).Kind);

    [Fact]
    public void What_does_not_begin_with_a_dollar_is_ordinary() =>
        Assert.All(["a", "aws/things/dev7/jobs/get", "/$aws/things/dev7/jobs/get", ""], topic => Assert.Equal(TopicKind.Ordinary, Table.Find(topic).Kind));

    [Fact]
    public void A_message_for_a_rule_is_taken_and_given_to_nobody() =>
        Assert.Equal(TopicKind.Dropped, Table.Find("$aws/rules/temperatures/a/b").Kind);

    [Fact]
    public void The_table_names_every_request_topic_with_its_placeholders() =>
        Assert.Contains("$aws/things/{thing}/jobs/{jobId}/update", Table.RequestTopics);

    private sealed record Area(string Name, IReadOnlyList<string> RequestTopics) : ITopicService
    {
        string ITopicService.Area => Name;

        public Task Handle(TopicRequest request, CancellationToken ct) => Task.CompletedTask;
    }
}
