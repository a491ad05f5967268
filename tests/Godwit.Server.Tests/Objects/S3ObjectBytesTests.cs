using System.Text;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;

namespace Godwit.Server.Tests.Objects;

/// <summary>The bytes of one service in the S3 of another one, as in any outside store.</summary>
public sealed class S3ObjectBytesTests : IAsyncLifetime
{
    private TestServer _outside = null!;
    private TestServer _server = null!;
    private S3Client _s3 = null!;
    private bool _outsideIsGone;

    public async ValueTask InitializeAsync()
    {
        _outside = await TestServer.Start();
        await new S3Client(_outside).WithBucket("store");
        var url = $"http://{TestServer.Key.Id}:{Uri.EscapeDataString(TestServer.Key.Secret)}@127.0.0.1:{_outside.Endpoints.ApiPort}/store/images";
        _server = await TestServer.Start(configure: options => options with { S3 = url });
        _s3 = await new S3Client(_server).WithBucket("firmware");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        if (!_outsideIsGone)
            await _outside.DisposeAsync();
    }

    [Fact]
    public async Task Bytes_lie_in_the_outside_store_and_come_back_from_it()
    {
        Assert.Null((await _s3.Put("firmware", "a", "image")).Refusal);
        var id = await IdOf("a");
        Assert.Equal("image", (await new S3Client(_outside).Get("store", $"images/{id}")).Text);

        Assert.Equal("image", (await _s3.Get("firmware", "a")).Text);
        File.Delete(LocalPath(id));
        await _server.Restart(options => options with { S3 = Url() });
        Assert.Equal("image", (await _s3.Get("firmware", "a")).Text);
        Assert.Equal("mag", (await _s3.Get("firmware", "a", "", ("Range", "bytes=1-3"))).Text);
        Assert.True(File.Exists(LocalPath(id)));
    }

    [Fact]
    public async Task A_flipped_bit_in_the_cache_is_mended_from_outside_and_one_outside_is_never_served()
    {
        Assert.Null((await _s3.Put("firmware", "a", "image")).Refusal);
        var id = await IdOf("a");
        await File.WriteAllTextAsync(LocalPath(id), "imagE", TestContext.Current.CancellationToken);
        Assert.Equal("mage", (await _s3.Get("firmware", "a", "", ("Range", "bytes=1-4"))).Text);

        Assert.Null((await new S3Client(_outside).Put("store", $"images/{id}", "imagE")).Refusal);
        File.Delete(LocalPath(id));
        await _server.Restart(options => options with { S3 = Url() });
        var got = await _s3.Get("firmware", "a");
        Assert.Equal((500, "InternalError"), (got.Status, got.Code));
    }

    [Fact]
    public async Task What_the_outside_store_does_not_take_is_not_kept()
    {
        await _outside.DisposeAsync();
        _outsideIsGone = true;
        Assert.Equal(503, (await _s3.Put("firmware", "a", "image")).Status);
        Assert.Equal("NoSuchKey", (await _s3.Get("firmware", "a")).Code);
    }

    [Fact]
    public async Task Bytes_that_nothing_refers_to_go_outside_too()
    {
        await _s3.Put("firmware", "a", "shared");
        await _s3.Put("firmware", "b", "shared");
        await _s3.Put("firmware", "c", "alone");
        var (shared, alone) = (await IdOf("a"), await IdOf("c"));
        await _s3.Send("DELETE", "firmware", "a");
        await _s3.Send("DELETE", "firmware", "c");
        Assert.Equal(1, await _server.Get<ObjectCollector>().Collect(TestContext.Current.CancellationToken));
        Assert.Equal(200, (await new S3Client(_outside).Get("store", $"images/{shared}")).Status);
        Assert.Equal("NoSuchKey", (await new S3Client(_outside).Get("store", $"images/{alone}")).Code);
        Assert.Equal("shared", (await _s3.Get("firmware", "b")).Text);
    }

    [Fact]
    public async Task The_cache_is_bounded_by_what_was_used_longest_ago()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-cache-");
        using var cache = new FileObjectBytes(folder.FullName, Microsoft.Extensions.Logging.Abstractions.NullLogger<FileObjectBytes>.Instance);
        for (var i = 0; i < 4; i++)
        {
            await using var writer = cache.Create();
            await writer.Append(Encoding.ASCII.GetBytes($"{i}{new string('x', 99)}"), TestContext.Current.CancellationToken);
            var id = await writer.Finish(TestContext.Current.CancellationToken);
            File.SetLastAccessTimeUtc(cache.PathOf(id), new DateTime(2030, 1, 1 + i, 0, 0, 0, DateTimeKind.Utc));
        }

        cache.Shrink(250);
        Assert.Equal(["2", "3"], Directory.EnumerateFiles(folder.FullName, "*", SearchOption.AllDirectories).Select(file => File.ReadAllText(file)[..1]).Order());
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("https://ID:SE%2FCRET@s3.example/bucket", "https://s3.example/", "bucket", "", "us-east-1", "SE/CRET")]
    [InlineData("http://ID:S@127.0.0.1:9000/bucket/a/b?region=eu-west-1", "http://127.0.0.1:9000/", "bucket", "a/b/", "eu-west-1", "S")]
    public void An_address_is_read(string text, string url, string bucket, string prefix, string region, string secret)
    {
        Assert.True(OutsideStoreAddress.TryParse(text, out var address));
        Assert.Equal((url, bucket, prefix, region, secret), (address.Base.ToString(), address.Bucket, address.Prefix, address.Region, address.Secret));
        Assert.DoesNotContain(secret, address.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://s3.example/bucket")]
    [InlineData("https://ID:S@s3.example/")]
    [InlineData("ftp://ID:S@s3.example/bucket")]
    [InlineData("bucket")]
    [InlineData("https://ID:S@s3.example/bucket?colour=red")]
    public void An_address_without_its_parts_is_refused(string text) => Assert.False(OutsideStoreAddress.TryParse(text, out _));

    private string Url() => $"http://{TestServer.Key.Id}:{Uri.EscapeDataString(TestServer.Key.Secret)}@127.0.0.1:{_outside.Endpoints.ApiPort}/store/images";

    private string LocalPath(string id) => Path.Combine(_server.Folder, "objects", id[..2], id);

    private async Task<string> IdOf(string key) =>
        (await _server.Get<ObjectReader>().Find("000000000000", "firmware", key, null, TestContext.Current.CancellationToken)).Value.BytesId.Value;
}
