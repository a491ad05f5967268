using Godwit.Core;
using Godwit.Server.FleetIndexing;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Things;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.FleetIndexing;

public sealed class FleetIndexTests : IAsyncLifetime
{
    private Registry _registry = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task An_index_that_is_off_is_not_found()
    {
        var search = await _registry.Ask(_registry.Get<SearchIndex>(), new SearchIndex.Request { QueryString = "*" });
        Assert.Equal("ResourceNotFoundException", search.Error?.Code);
        Assert.Contains("UpdateIndexingConfiguration", search.Error!.Message, StringComparison.Ordinal);
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(_registry.Get<DescribeIndex>(), new DescribeIndex.Request { IndexName = "AWS_Things" })).Error?.Code);
        Assert.Empty((await _registry.Do(_registry.Get<ListIndices>(), new ListIndices.Request())).IndexNames);
    }

    [Fact]
    public async Task A_configuration_is_kept_and_shown_with_managed_fields()
    {
        await Index(connectivity: true, groups: true);
        var shown = await _registry.Do(_registry.Get<GetIndexingConfiguration>(), default);
        Assert.Equal(("REGISTRY", "STATUS", "ON"), (
            shown.ThingIndexingConfiguration.ThingIndexingMode, shown.ThingIndexingConfiguration.ThingConnectivityIndexingMode,
            shown.ThingGroupIndexingConfiguration.ThingGroupIndexingMode));
        Assert.Contains(shown.ThingIndexingConfiguration.ManagedFields!, field => field is { Name: "connectivity.connected", Type: "Boolean" });
        Assert.Equal(["AWS_ThingGroups", "AWS_Things"], (await _registry.Do(_registry.Get<ListIndices>(), new ListIndices.Request())).IndexNames);
        var index = await _registry.Do(_registry.Get<DescribeIndex>(), new DescribeIndex.Request { IndexName = "AWS_Things" });
        Assert.Equal(("ACTIVE", "REGISTRY_AND_CONNECTIVITY_STATUS"), (index.IndexStatus, index.Schema));
        Assert.Contains(await _registry.Journal(), line => line == "UpdateIndexingConfiguration index");
    }

    [Fact]
    public async Task A_search_pages_through_all_it_finds_and_stays_in_its_account()
    {
        await Index();
        for (var i = 0; i < 7; i++)
            await _registry.Thing("dev" + i, attributes: new() { ["fw"] = "1." + i % 2 });
        await _registry.Do(_registry.Get<CreateThing>(), new CreateThing.Request { ThingName = "dev9", AttributePayload = Registry.Payload(new() { ["fw"] = "1.0" }) }, Registry.Other);
        var found = new List<string>();
        string? token = null;
        do
        {
            var page = await _registry.Do(
                _registry.Get<SearchIndex>(), new SearchIndex.Request { QueryString = "attributes.fw:1.0", MaxResults = 3, NextToken = token });
            found.AddRange(page.Things!.Select(thing => thing.ThingName));
            token = page.NextToken;
        }
        while (token is not null);
        Assert.Equal(["dev0", "dev2", "dev4", "dev6"], found);
    }

    [Fact]
    public async Task A_thing_is_shown_with_type_groups_attributes_and_connectivity()
    {
        await Index(connectivity: true);
        await _registry.Do(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = "sensor" });
        await _registry.Thing("dev1", "sensor", new() { ["fw"] = "1" });
        await _registry.Group("hall");
        await _registry.Add("dev1", "hall");
        await Seen("dev1", true);
        var thing = Assert.Single(await Search("thingGroupNames:hall AND connectivity.connected:true"));
        Assert.Equal(("dev1", "sensor", "hall", "1", true, _registry.Time.GetUtcNow().ToUnixTimeMilliseconds()), (
            thing.ThingName, thing.ThingTypeName, Assert.Single(thing.ThingGroupNames!), thing.Attributes!["fw"], thing.Connectivity!.Connected, thing.Connectivity.Timestamp));

        await Seen("dev1", false, "MQTT_KEEP_ALIVE_TIMEOUT");
        Assert.Equal("MQTT_KEEP_ALIVE_TIMEOUT", Assert.Single(await Search("connectivity.connected:false")).Connectivity!.DisconnectReason);
        var data = await _registry.Do(_registry.Get<GetThingConnectivityData>(), new GetThingConnectivityData.Request { ThingName = "dev1" });
        Assert.Equal((false, "MQTT_KEEP_ALIVE_TIMEOUT"), (data.Connected, data.DisconnectReason));
    }

    [Fact]
    public async Task Groups_are_found_by_words_attributes_and_parents()
    {
        await Index(groups: true);
        await _registry.Group("plant");
        await _registry.Do(_registry.Get<CreateThingGroup>(), new CreateThingGroup.Request
        {
            ThingGroupName = "line",
            ParentGroupName = "plant",
            ThingGroupProperties = new ThingGroupProperties { ThingGroupDescription = "Boilers of line one", AttributePayload = Registry.Payload(new() { ["site"] = "n" }) },
        });
        foreach (var query in new[] { "parentGroupNames:plant", "description:boilers", "attributes.site:n", "thingGroupName:LINE" })
        {
            var found = await _registry.Do(_registry.Get<SearchIndex>(), new SearchIndex.Request { IndexName = "AWS_ThingGroups", QueryString = query });
            Assert.Equal("line", Assert.Single(found.ThingGroups!).ThingGroupName);
        }
    }

    [Fact]
    public async Task Numbers_are_aggregated_and_values_counted()
    {
        await Index();
        foreach (var (name, temperature, site) in new[] { ("a", "10", "n"), ("b", "20", "n"), ("c", "30", "s"), ("d", "warm", "n") })
            await _registry.Thing(name, attributes: new() { ["t"] = temperature, ["site"] = site });
        var statistics = (await _registry.Do(_registry.Get<GetStatistics>(), new GetStatistics.Request { QueryString = "*", AggregationField = "attributes.t" })).Statistics;
        Assert.Equal((3, 20, 60, 10, 30, 1400), (statistics.Count, statistics.Average, statistics.Sum, statistics.Minimum, statistics.Maximum, statistics.SumOfSquares));
        var texts = (await _registry.Do(_registry.Get<GetStatistics>(), new GetStatistics.Request { QueryString = "*", AggregationField = "attributes.site" })).Statistics;
        Assert.Equal((4, null), (texts.Count, texts.Average));
        Assert.Equal(2, (await _registry.Do(_registry.Get<GetCardinality>(), new GetCardinality.Request { QueryString = "*", AggregationField = "attributes.site" })).Cardinality);
        var percentiles = (await _registry.Do(_registry.Get<GetPercentiles>(), new GetPercentiles.Request { QueryString = "attributes.site:n", AggregationField = "attributes.t", Percents = [0, 50, 100] })).Percentiles;
        Assert.Equal([10, 15, 20], percentiles.Select(pair => pair.Value));
        var buckets = await _registry.Do(_registry.Get<GetBucketsAggregation>(), new GetBucketsAggregation.Request
        {
            QueryString = "*",
            AggregationField = "attributes.site",
            BucketsAggregationType = new GetBucketsAggregation.BucketsAggregationType { TermsAggregation = new GetBucketsAggregation.TermsAggregation { MaxBuckets = 1 } },
        });
        Assert.Equal((4, "n", 3), (buckets.TotalCount, Assert.Single(buckets.Buckets).KeyValue, buckets.Buckets[0].Count));
    }

    [Fact]
    public async Task Unknown_fields_versions_and_pages_are_refused_by_name()
    {
        await Index();
        async Task<string?> Code<T>(Task<Result<T>> answer) => (await answer).Error?.Code;
        Assert.Equal("InvalidQueryException", await Code(_registry.Ask(_registry.Get<SearchIndex>(), new SearchIndex.Request { QueryString = "colour:red" })));
        Assert.Equal("InvalidQueryException", await Code(_registry.Ask(_registry.Get<SearchIndex>(), new SearchIndex.Request { QueryString = "connectivity.connected:true" })));
        Assert.Equal("InvalidAggregationException", await Code(_registry.Ask(_registry.Get<GetCardinality>(), new GetCardinality.Request { QueryString = "*", AggregationField = "colour" })));
        Assert.Equal("InvalidRequestException", await Code(_registry.Ask(_registry.Get<SearchIndex>(), new SearchIndex.Request { QueryString = "*", QueryVersion = "1999-01-01" })));
        Assert.Equal("InvalidRequestException", await Code(_registry.Ask(_registry.Get<SearchIndex>(), new SearchIndex.Request { QueryString = "*", MaxResults = 501 })));
        Assert.Equal("InvalidRequestException", await Code(_registry.Ask(_registry.Get<SearchIndex>(), new SearchIndex.Request { QueryString = "*", NextToken = "x" })));
        Assert.Equal("ResourceNotFoundException", await Code(_registry.Ask(_registry.Get<SearchIndex>(), new SearchIndex.Request { IndexName = "mine", QueryString = "*" })));
    }

    private Task<Nothing> Index(bool connectivity = false, bool groups = false) => _registry.Do(_registry.Get<UpdateIndexingConfiguration>(), new UpdateIndexingConfiguration.Request
    {
        ThingIndexingConfiguration = new ThingIndexingConfiguration { ThingIndexingMode = "REGISTRY", ThingConnectivityIndexingMode = connectivity ? "STATUS" : "OFF" },
        ThingGroupIndexingConfiguration = new ThingGroupIndexingConfiguration { ThingGroupIndexingMode = groups ? "ON" : "OFF" },
    });

    private async Task<IReadOnlyList<SearchIndex.ThingDocument>> Search(string query) =>
        (await _registry.Do(_registry.Get<SearchIndex>(), new SearchIndex.Request { QueryString = query })).Things!;

    private async Task Seen(string thing, bool connected, string? reason = null)
    {
        _registry.Get<ConnectionFeed>().Tell(new ClientConnection(Registry.Anna.Account, thing, connected, _registry.Time.GetUtcNow(), reason));
        await _registry.Get<ConnectivityKeeper>().WriteWaiting(Ct);
    }
}
