using Godwit.Core;
using Godwit.Server.Tags;
using Godwit.Server.Tests.Things;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Tags;

public sealed class TagTests : IAsyncLifetime
{
    private const string Line = "arn:aws:iot:eu-central-1:000000000000:thinggroup/line";

    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Tags_are_put_at_creation_changed_and_removed()
    {
        await Create(new Tag { Key = "owner", Value = "ops" }, new Tag { Key = "empty" });
        Assert.Equal("owner=ops", Text((await List()).Where(tag => tag.Key == "owner")));
        Assert.Equal("", (await List()).Single(tag => tag.Key == "empty").Value);
        Assert.True((await Put(new Tag { Key = "owner", Value = "dev" }, new Tag { Key = "site", Value = "北" })).IsOk);
        Assert.Equal("empty= owner=dev site=北", Text(await List()));
        var removed = await _registry.Ask(_registry.Get<UntagResource>(), new UntagResource.Request { ResourceArn = Line, TagKeys = ["owner", "none"] });
        Assert.True(removed.IsOk);
        Assert.Equal("empty= site=北", Text(await List()));
        Assert.Equal(["CreateThingGroup thinggroup/line", "TagResource thinggroup/line", "UntagResource thinggroup/line"], await _registry.Journal());
    }

    [Fact]
    public async Task A_resource_has_fifty_tags()
    {
        await Create([.. Enumerable.Range(0, 50).Select(i => new Tag { Key = "k" + i, Value = "v" })]);
        Assert.True((await Put(new Tag { Key = "k7", Value = "other" })).IsOk);
        var refused = await Put(new Tag { Key = "k50", Value = "v" });
        Assert.Equal(("LimitExceededException", 410), (refused.Error!.Code, refused.Error.Status));
        Assert.Equal(50, (await List()).Count);
    }

    [Fact]
    public async Task Reserved_and_repeated_keys_are_refused()
    {
        await Create();
        foreach (var tags in (Tag[][])[[new Tag { Key = "aws:x" }], [new Tag { Key = "AWS:x" }], [new Tag { Key = "a" }, new Tag { Key = "a" }]])
            Assert.Equal("InvalidRequestException", (await Put(tags)).Error!.Code);
        Assert.Empty(await List());
    }

    [Fact]
    public async Task Only_what_is_there_and_can_carry_tags_is_tagged()
    {
        var thing = await _registry.Thing("dev7");
        foreach (var (arn, code) in ((string, string)[])
                 [
                     ("nothing", "InvalidRequestException"),
                     (thing.ThingArn, "InvalidRequestException"),
                     ("arn:aws:s3:::bucket/key", "InvalidRequestException"),
                     (Line, "ResourceNotFoundException"),
                     (Line.Replace("000000000000", "123456789012", StringComparison.Ordinal), "ResourceNotFoundException"),
                 ])
        {
            Assert.Equal(code, (await _registry.Ask(_registry.Get<TagResource>(), new TagResource.Request { ResourceArn = arn, Tags = [] })).Error!.Code);
            Assert.Equal(code, (await _registry.Ask(_registry.Get<UntagResource>(), new UntagResource.Request { ResourceArn = arn, TagKeys = [] })).Error!.Code);
            Assert.Equal(code, (await _registry.Ask(_registry.Get<ListTagsForResource>(), new ListTagsForResource.Request { ResourceArn = arn })).Error!.Code);
        }
    }

    [Fact]
    public async Task A_group_made_again_under_its_name_has_no_tags_of_the_old_one()
    {
        await Create(new Tag { Key = "owner", Value = "ops" });
        await _registry.Do(_registry.Get<DeleteThingGroup>(), new DeleteThingGroup.Request { ThingGroupName = "line" });
        await Create();
        Assert.Empty(await List());
    }

    private static string Text(IEnumerable<Tag> tags) => string.Join(' ', tags.Select(tag => $"{tag.Key}={tag.Value}"));

    private Task<CreateThingGroup.Response> Create(params Tag[] tags) =>
        _registry.Do(_registry.Get<CreateThingGroup>(), new CreateThingGroup.Request { ThingGroupName = "line", Tags = tags });

    private Task<Result<Nothing>> Put(params Tag[] tags) => _registry.Ask(_registry.Get<TagResource>(), new TagResource.Request { ResourceArn = Line, Tags = tags });

    private async Task<IReadOnlyList<Tag>> List() =>
        (await _registry.Do(_registry.Get<ListTagsForResource>(), new ListTagsForResource.Request { ResourceArn = Line })).Tags;
}
