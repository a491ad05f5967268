using Godwit.Core;
using Godwit.Server.Storage;
using Godwit.Server.Streams;
using Godwit.Server.Tags;

namespace Godwit.Server.Tests.Streams;

public sealed class StreamOperationsTests : IAsyncLifetime
{
    private const string Role = "arn:aws:iam::000000000000:role/ota";

    private SliceHost? _server;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private SliceHost Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = await SliceHost.Start();
        await _server.MakeBucket("firmware");
        await _server.PutObject("firmware", "a.bin", TestObjects.Image(1000));
        await _server.PutObject("firmware", "b.bin", TestObjects.Image(2000));
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task A_stream_starts_at_version_1_and_is_described_as_it_was_asked_for()
    {
        var made = await Create("s1", File(0, "a.bin"), File(7, "b.bin"));
        Assert.Equal(new CreateStream.Response("s1", "arn:aws:iot:us-east-1:000000000000:stream/s1", "text", 1), made.Value);
        var info = (await Describe("s1")).Value.StreamInfo;
        Assert.Equal([File(0, "a.bin"), File(7, "b.bin")], info.Files);
        Assert.Equal((1, "text", Role, info.CreatedAt), (info.StreamVersion, info.Description, info.RoleArn, info.LastUpdatedAt));
    }

    [Fact]
    public async Task A_second_stream_of_the_name_is_a_conflict_that_names_the_first()
    {
        await Create("s1", File(0, "a.bin"));
        var refused = (await Create("s1", File(0, "b.bin"))).Error!;
        Assert.Equal(("ResourceAlreadyExistsException", 409), (refused.Code, refused.Status));
        Assert.Equal("arn:aws:iot:us-east-1:000000000000:stream/s1", refused.Members!["resourceArn"]);
    }

    [Fact]
    public async Task Objects_that_are_not_there_and_files_that_are_incomplete_are_refused_and_nothing_is_kept()
    {
        Assert.Equal("ResourceNotFoundException", (await Create("s1", File(0, "nothing.bin"))).Error!.Code);
        Assert.Equal("ResourceNotFoundException", (await Create("s1", new StreamFileLocation(0, new S3Location("no-bucket", "a.bin")))).Error!.Code);
        Assert.Contains("fileId 0", (await Create("s1", File(0, "a.bin"), File(0, "b.bin"))).Error!.Message, StringComparison.Ordinal);
        Assert.Contains("files[0].fileId", (await Create("s1", new StreamFileLocation(null, new S3Location("firmware", "a.bin")))).Error!.Message, StringComparison.Ordinal);
        Assert.Contains("files[1].s3Location", (await Create("s1", File(0, "a.bin"), new StreamFileLocation(1, null))).Error!.Message, StringComparison.Ordinal);
        Assert.Equal("ResourceNotFoundException", (await Describe("s1")).Error!.Code);
    }

    [Fact]
    public async Task An_update_replaces_what_is_given_and_raises_the_version_each_time()
    {
        await Create("s1", File(0, "a.bin"));
        var first = await Update(new UpdateStream.Request { StreamId = "s1", Description = "other" });
        Assert.Equal((2, "other"), (first.Value.StreamVersion, first.Value.Description));
        await Update(new UpdateStream.Request { StreamId = "s1", Files = [File(3, "b.bin")] });
        var info = (await Describe("s1")).Value.StreamInfo;
        Assert.Equal((3, "other", Role), (info.StreamVersion, info.Description, info.RoleArn));
        Assert.Equal([File(3, "b.bin")], info.Files);
        Assert.Equal("ResourceNotFoundException", (await Update(new UpdateStream.Request { StreamId = "nothing" })).Error!.Code);
    }

    [Fact]
    public async Task Streams_are_listed_newest_first_or_oldest_first_page_by_page()
    {
        for (var i = 0; i < 5; i++)
            await Create($"s{i}", File(0, "a.bin"));
        foreach (var ascending in (bool[])[false, true])
        {
            var (seen, token) = (new List<string>(), default(string));
            do
            {
                var page = await List(new ListStreams.Request { MaxResults = 2, NextToken = token, AscendingOrder = ascending });
                Assert.InRange(page.Value.Streams.Count, 1, 2);
                seen.AddRange(page.Value.Streams.Select(stream => stream.StreamId));
                token = page.Value.NextToken;
            }
            while (token is not null);
            Assert.Equal(ascending ? ["s0", "s1", "s2", "s3", "s4"] : ["s4", "s3", "s2", "s1", "s0"], seen);
        }
        Assert.Equal("Next token is invalid.", (await List(new ListStreams.Request { NextToken = "x" })).Error!.Message);
        var descending = (await List(new ListStreams.Request { MaxResults = 2 })).Value.NextToken;
        Assert.Equal("Next token is invalid.", (await List(new ListStreams.Request { NextToken = descending, AscendingOrder = true })).Error!.Message);
    }

    [Fact]
    public async Task A_deleted_stream_is_gone_with_its_tags_and_each_change_is_in_the_journal()
    {
        var request = new CreateStream.Request { StreamId = "s1", Files = [File(0, "a.bin")], RoleArn = Role, Tags = [new Tag { Key = "team", Value = "ota" }] };
        await Server.Get<CreateStream>().Handle(TestObjects.Caller, request, Ct);
        Assert.Equal([new Tag { Key = "team", Value = "ota" }], await Tags());
        await Update(new UpdateStream.Request { StreamId = "s1" });
        Assert.True((await Delete("s1")).IsOk);
        Assert.Equal("ResourceNotFoundException", (await Describe("s1")).Error!.Code);
        Assert.Equal("ResourceNotFoundException", (await Delete("s1")).Error!.Code);
        Assert.Empty(await Tags());
        var kinds = await Server.Get<Database>().Read(s => s.Query<string>("SELECT kind FROM journal WHERE subject = 'stream/s1' ORDER BY seq"), Ct);
        Assert.Equal(["CreateStream", "UpdateStream", "DeleteStream"], kinds);
    }

    [Fact]
    public async Task Accounts_do_not_see_each_others_streams()
    {
        await Create("s1", File(0, "a.bin"));
        var stranger = TestObjects.Caller with { Account = TestServer.OtherKey.Account };
        Assert.False((await Server.Get<DescribeStream>().Handle(stranger, new DescribeStream.Request { StreamId = "s1" }, Ct)).IsOk);
        Assert.Empty((await Server.Get<ListStreams>().Handle(stranger, new ListStreams.Request(), Ct)).Value.Streams);
        // Nor each other's objects.
        var request = new CreateStream.Request { StreamId = "mine", Files = [File(0, "a.bin")], RoleArn = Role };
        Assert.Equal("UnauthorizedException", (await Server.Get<CreateStream>().Handle(stranger, request, Ct)).Error!.Code);
    }

    private static StreamFileLocation File(int id, string key) => new(id, new S3Location("firmware", key));

    private Task<Result<CreateStream.Response>> Create(string streamId, params StreamFileLocation[] files) => Server.Get<CreateStream>().Handle(
        TestObjects.Caller, new CreateStream.Request { StreamId = streamId, Description = "text", Files = files, RoleArn = Role }, Ct);

    private Task<Result<UpdateStream.Response>> Update(UpdateStream.Request request) => Server.Get<UpdateStream>().Handle(TestObjects.Caller, request, Ct);

    private Task<Result<DescribeStream.Response>> Describe(string streamId) =>
        Server.Get<DescribeStream>().Handle(TestObjects.Caller, new DescribeStream.Request { StreamId = streamId }, Ct);

    private Task<Result<ListStreams.Response>> List(ListStreams.Request request) => Server.Get<ListStreams>().Handle(TestObjects.Caller, request, Ct);

    private Task<Result<Nothing>> Delete(string streamId) =>
        Server.Get<DeleteStream>().Handle(TestObjects.Caller, new DeleteStream.Request { StreamId = streamId }, Ct);

    private Task<List<Tag>> Tags() => Server.Get<Database>().Read(s => ResourceTags.Of(s, TestObjects.Caller.Account, "stream/s1"), Ct);
}
