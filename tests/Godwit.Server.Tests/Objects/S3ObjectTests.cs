using System.Security.Cryptography;
using System.Text;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Objects;

public sealed class S3ObjectTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private S3Client _s3 = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        _s3 = new S3Client(_server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_is_put_is_got_with_all_that_was_said_of_it()
    {
        await _s3.WithBucket("firmware");
        var put = await _s3.Put("firmware", "a/b c", "hello", ("Content-Type", "text/plain"), ("x-amz-meta-Model", "esp32"), ("Cache-Control", "no-store"));
        Assert.Equal("\"5d41402abc4b2a76b9719d911017c592\"", put.Header("ETag"));
        Assert.Null(put.Header("x-amz-version-id"));

        var got = await _s3.Get("firmware", "a/b c");
        Assert.Equal(200, got.Status);
        Assert.Equal("hello", got.Text);
        Assert.Equal(5, got.Response.ContentBytes);
        Assert.Equal("text/plain", got.Header("Content-Type"));
        Assert.Equal("esp32", got.Header("x-amz-meta-model"));
        Assert.Equal("no-store", got.Header("Cache-Control"));
        Assert.Equal("\"5d41402abc4b2a76b9719d911017c592\"", got.Header("ETag"));

        var head = await _s3.Send("HEAD", "firmware", "a/b c");
        Assert.Equal(5, head.Response.ContentBytes);
        Assert.Empty(head.Body);
    }

    [Theory]
    [InlineData("bytes=0-0", 206, "h", "bytes 0-0/5")]
    [InlineData("bytes=1-3", 206, "ell", "bytes 1-3/5")]
    [InlineData("bytes=3-", 206, "lo", "bytes 3-4/5")]
    [InlineData("bytes=-2", 206, "lo", "bytes 3-4/5")]
    [InlineData("bytes=0-999", 206, "hello", "bytes 0-4/5")]
    [InlineData("bytes=2-1", 200, "hello", null)]
    [InlineData("bytes=0-1,3-4", 200, "hello", null)]
    [InlineData("lines=0-1", 200, "hello", null)]
    public async Task A_range_gives_its_bytes(string range, int status, string body, string? contentRange)
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "hello");
        var got = await _s3.Get("firmware", "a", "", ("Range", range));
        Assert.Equal((status, body, contentRange), (got.Status, got.Text, got.Header("Content-Range")));
        Assert.Equal(body.Length, got.Response.ContentBytes);
    }

    [Theory]
    [InlineData("bytes=5-9")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=99999999999999999999-")]
    public async Task A_range_behind_the_end_is_refused(string range)
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "hello");
        var got = await _s3.Get("firmware", "a", "", ("Range", range));
        Assert.Equal((416, "InvalidRange"), (got.Status, got.Code));
        Assert.Equal("5", got.Refusal!.Members!["ActualObjectSize"]);
    }

    [Theory]
    [InlineData("If-Match", "\"5d41402abc4b2a76b9719d911017c592\"", 200)]
    [InlineData("If-Match", "\"other\"", 412)]
    [InlineData("If-Match", "*", 200)]
    [InlineData("If-None-Match", "\"5d41402abc4b2a76b9719d911017c592\"", 304)]
    [InlineData("If-None-Match", "\"other\"", 200)]
    [InlineData("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 304)]
    [InlineData("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 200)]
    [InlineData("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 412)]
    [InlineData("If-Unmodified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 200)]
    public async Task A_condition_is_kept(string header, string value, int status)
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "hello");
        var got = await _s3.Get("firmware", "a", "", (header, value));
        Assert.Equal(status, got.Status);
        Assert.Equal(status == 200 ? "hello" : "", got.Text);
    }

    [Theory]
    [InlineData("crc32", "y/Q5Jg==")]
    [InlineData("crc32c", "4waSgw==")]
    [InlineData("crc64nvme", "rosUhgp5mIg=")]
    [InlineData("sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=")]
    [InlineData("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=")]
    public async Task A_checksum_is_verified_and_given_back(string algorithm, string value)
    {
        await _s3.WithBucket("firmware");
        var header = "x-amz-checksum-" + algorithm;
        var put = await _s3.Put("firmware", "a", "123456789", (header, value));
        Assert.Equal((200, value), (put.Status, put.Header(header)));
        Assert.Equal(value, (await _s3.Get("firmware", "a", "", ("x-amz-checksum-mode", "ENABLED"))).Header(header));
        Assert.Null((await _s3.Get("firmware", "a")).Header(header));

        Assert.Equal("BadDigest", (await _s3.Put("firmware", "a", "12345678X", (header, value))).Code);
        Assert.Equal("InvalidRequest", (await _s3.Put("firmware", "a", "123456789", (header, "AAA="))).Code);
        Assert.Equal("BadDigest", (await _s3.Put("firmware", "a", "12345678X", ("x-amz-trailer", header), ("trailer:" + header, value))).Code);
        Assert.Equal("InvalidRequest", (await _s3.Put("firmware", "a", "123456789", ("x-amz-trailer", header))).Code);
        Assert.Equal("123456789", (await _s3.Get("firmware", "a")).Text);
        Assert.Null((await _s3.Put("firmware", "b", "123456789", ("x-amz-trailer", header), ("trailer:" + header, value))).Refusal);
    }

    [Fact]
    public async Task A_content_md5_is_verified()
    {
        await _s3.WithBucket("firmware");
        var md5 = Convert.ToBase64String(MD5.HashData("hello"u8));
        Assert.Null((await _s3.Put("firmware", "a", "hello", ("Content-MD5", md5))).Refusal);
        Assert.Equal("BadDigest", (await _s3.Put("firmware", "a", "hallo", ("Content-MD5", md5))).Code);
        Assert.Equal("InvalidDigest", (await _s3.Put("firmware", "a", "hello", ("Content-MD5", "nonsense"))).Code);
    }

    [Fact]
    public async Task Versions_stay_until_each_is_deleted()
    {
        await _s3.WithBucket("firmware", versioned: true);
        var first = (await _s3.Put("firmware", "a", "one")).Header("x-amz-version-id")!;
        var second = (await _s3.Put("firmware", "a", "two")).Header("x-amz-version-id")!;
        Assert.Equal("one", (await _s3.Get("firmware", "a", $"versionId={first}")).Text);
        var latest = await _s3.Get("firmware", "a");
        Assert.Equal(("two", second), (latest.Text, latest.Header("x-amz-version-id")));

        var deleted = await _s3.Send("DELETE", "firmware", "a");
        var marker = deleted.Header("x-amz-version-id")!;
        Assert.Equal((204, "true"), (deleted.Status, deleted.Header("x-amz-delete-marker")));
        var gone = await _s3.Get("firmware", "a");
        Assert.Equal(("NoSuchKey", "true", marker), (gone.Code, gone.Header("x-amz-delete-marker"), gone.Header("x-amz-version-id")));
        var onMarker = await _s3.Get("firmware", "a", $"versionId={marker}");
        Assert.Equal((405, "MethodNotAllowed", "DELETE"), (onMarker.Status, onMarker.Code, onMarker.Header("Allow")));

        Assert.Equal(204, (await _s3.Send("DELETE", "firmware", "a", $"versionId={marker}")).Status);
        Assert.Equal("two", (await _s3.Get("firmware", "a")).Text);
        Assert.Equal(204, (await _s3.Send("DELETE", "firmware", "a", $"versionId={second}")).Status);
        Assert.Equal("one", (await _s3.Get("firmware", "a")).Text);
        Assert.Equal("NoSuchVersion", (await _s3.Get("firmware", "a", $"versionId={second}")).Code);
    }

    [Fact]
    public async Task A_suspended_bucket_replaces_only_its_null_version()
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "before");
        await _s3.SetVersioning("firmware", "Enabled");
        var kept = (await _s3.Put("firmware", "a", "kept")).Header("x-amz-version-id")!;
        Assert.Equal("before", (await _s3.Get("firmware", "a", "versionId=null")).Text);
        await _s3.SetVersioning("firmware", "Suspended");
        Assert.Equal("null", (await _s3.Put("firmware", "a", "after")).Header("x-amz-version-id"));
        Assert.Equal("after", (await _s3.Get("firmware", "a", "versionId=null")).Text);
        Assert.Equal("kept", (await _s3.Get("firmware", "a", $"versionId={kept}")).Text);
        Assert.Equal("null", (await _s3.Send("DELETE", "firmware", "a")).Header("x-amz-version-id"));
        Assert.Equal(["null", kept], (await _s3.Send("GET", "firmware", query: "versions")).Texts("VersionId"));
    }

    [Fact]
    public async Task An_overwritten_object_is_never_answered_from_memory()
    {
        await _s3.WithBucket("firmware");
        for (var i = 0; i < 20; i++)
        {
            await _s3.Put("firmware", "a", $"text {i}");
            Assert.Equal($"text {i}", (await _s3.Get("firmware", "a")).Text);
        }
        await _s3.Send("DELETE", "firmware", "a");
        Assert.Equal("NoSuchKey", (await _s3.Get("firmware", "a")).Code);
    }

    [Fact]
    public async Task A_put_that_must_be_the_first_is_refused_where_something_is()
    {
        await _s3.WithBucket("firmware");
        Assert.Equal(200, (await _s3.Put("firmware", "a", "one", ("If-None-Match", "*"))).Status);
        Assert.Equal((412, "PreconditionFailed"), Seen(await _s3.Put("firmware", "a", "two", ("If-None-Match", "*"))));
        Assert.Equal((412, "PreconditionFailed"), Seen(await _s3.Put("firmware", "a", "two", ("If-Match", "\"other\""))));
        Assert.Equal("one", (await _s3.Get("firmware", "a")).Text);
    }

    [Fact]
    public async Task A_signed_query_overrides_what_the_object_says()
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "one");
        var got = await _s3.Get("firmware", "a", "response-content-type=text%2Fx&response-content-disposition=attachment");
        Assert.Equal(("text/x", "attachment"), (got.Header("Content-Type"), got.Header("Content-Disposition")));
    }

    [Fact]
    public async Task A_copy_shares_its_bytes_and_carries_or_replaces_what_was_said()
    {
        await _s3.WithBucket("firmware", versioned: true);
        var first = (await _s3.Put("firmware", "a b", "one", ("x-amz-meta-n", "1"))).Header("x-amz-version-id")!;
        await _s3.Put("firmware", "a b", "two");
        var copied = await _s3.Send("PUT", "firmware", "copy", "", null, ("x-amz-copy-source", $"/firmware/a%20b?versionId={first}"));
        Assert.Equal((200, first), (copied.Status, copied.Header("x-amz-copy-source-version-id")));
        Assert.Equal("\"f97c5d29941bfb1b2fdab0874906ab82\"", copied.One("ETag"));
        var got = await _s3.Get("firmware", "copy");
        Assert.Equal(("one", "1"), (got.Text, got.Header("x-amz-meta-n")));

        await _s3.Send("PUT", "firmware", "copy", "", null,
            ("x-amz-copy-source", "firmware/copy"), ("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-n", "2"));
        Assert.Equal("2", (await _s3.Get("firmware", "copy")).Header("x-amz-meta-n"));
        Assert.Equal((400, "InvalidRequest"), Seen(await _s3.Send("PUT", "firmware", "copy", "", null, ("x-amz-copy-source", "firmware/copy"))));
        Assert.Equal((404, "NoSuchKey"), Seen(await _s3.Send("PUT", "firmware", "copy", "", null, ("x-amz-copy-source", "firmware/none"))));
        Assert.Equal((400, "InvalidArgument"), Seen(await _s3.Send("PUT", "firmware", "copy", "", null, ("x-amz-copy-source", "firmware"))));
        Assert.Equal((412, "PreconditionFailed"), Seen(await _s3.Send(
            "PUT", "firmware", "copy", "", null, ("x-amz-copy-source", "firmware/copy"), ("x-amz-copy-source-if-none-match", "*"))));
    }

    [Fact]
    public async Task A_batch_deletes_each_key_and_says_so()
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "one");
        await _s3.Put("firmware", "<&>", "two");
        var body = "<Delete><Object><Key>a</Key></Object><Object><Key>&lt;&amp;&gt;</Key></Object><Object><Key>none</Key></Object></Delete>";
        var deleted = await _s3.Send("POST", "firmware", query: "delete", body: Encoding.UTF8.GetBytes(body));
        Assert.Equal(["a", "<&>", "none"], deleted.Texts("Key"));
        Assert.Empty((await _s3.Send("GET", "firmware")).Texts("Key"));
        Assert.Equal("MalformedXML", (await _s3.Send("POST", "firmware", query: "delete", body: "<Delete>"u8.ToArray())).Code);
        Assert.Equal("MalformedXML", (await _s3.Send("POST", "firmware", query: "delete", body: "<Delete/>"u8.ToArray())).Code);
    }

    [Fact]
    public async Task Document_types_and_deep_nesting_are_refused()
    {
        await _s3.WithBucket("firmware");
        var bomb = "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\">]><Delete><Object><Key>&a;</Key></Object></Delete>";
        Assert.Equal("MalformedXML", (await _s3.Send("POST", "firmware", query: "delete", body: Encoding.UTF8.GetBytes(bomb))).Code);
        var deep = string.Concat(Enumerable.Repeat("<Delete>", 100_000)) + string.Concat(Enumerable.Repeat("</Delete>", 100_000));
        Assert.Equal("MalformedXML", (await _s3.Send("POST", "firmware", query: "delete", body: Encoding.UTF8.GetBytes(deep))).Code);
        Assert.Equal("MalformedXML", (await _s3.Send("POST", "firmware", query: "delete", body: new byte[10 << 20])).Code);
    }

    [Fact]
    public async Task What_is_not_served_is_refused_by_its_name()
    {
        await _s3.WithBucket("firmware");
        var lifecycle = await _s3.Send("PUT", "firmware", query: "lifecycle", body: "{}"u8.ToArray());
        Assert.Equal((501, "NotImplemented", "PutBucketLifecycleConfiguration"), (lifecycle.Status, lifecycle.Code, lifecycle.Refusal!.Members!["Operation"]));
        Assert.Equal("GetObjectTorrent", (await _s3.Get("firmware", "a", "torrent")).Refusal!.Members!["Operation"]);
        Assert.Equal((501, "NotImplemented"), Seen(await _s3.Put("firmware", "a", "x", ("x-amz-object-lock-mode", "GOVERNANCE"))));
        Assert.Equal("NoSuchKey", (await _s3.Get("firmware", "a")).Code);
    }

    [Fact]
    public async Task A_flipped_bit_is_never_served_as_good()
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "hello");
        var facts = (await _server.Get<ObjectReader>().Find("000000000000", "firmware", "a", null, Ct)).Value;
        var path = ((FileObjectBytes)_server.Get<IObjectBytes>()).PathOf(facts.BytesId);
        await File.WriteAllTextAsync(path, "hellO", Ct);
        Assert.Equal((500, "InternalError"), Seen(await _s3.Get("firmware", "a")));
        Assert.Equal((500, "InternalError"), Seen(await _s3.Get("firmware", "a", "", ("Range", "bytes=0-0"))));
    }

    [Fact]
    public async Task Bytes_go_once_nothing_refers_to_them()
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "shared");
        await _s3.Put("firmware", "b", "shared");
        await _s3.Put("firmware", "c", "alone");
        await _s3.Send("DELETE", "firmware", "a");
        await _s3.Send("DELETE", "firmware", "c");
        Assert.Equal(1, await _server.Get<ObjectCollector>().Collect(Ct));
        Assert.Equal("shared", (await _s3.Get("firmware", "b")).Text);
    }

    [Fact]
    public async Task Every_change_writes_one_record()
    {
        await _s3.WithBucket("firmware", versioned: true);
        var version = (await _s3.Put("firmware", "a", "one")).Header("x-amz-version-id");
        await _s3.Send("DELETE", "firmware", "a");
        await _s3.Send("DELETE", "firmware", "a", $"versionId={version}");
        await _s3.Send("DELETE", "firmware", "a", "versionId=none");
        var kinds = await _server.Get<Database>().Read(s => s.Query<string>("SELECT kind FROM journal WHERE subject LIKE '%firmware%' ORDER BY seq"), Ct);
        Assert.Equal(["CreateBucket", "PutBucketVersioning", "PutObject", "DeleteObject", "DeleteObject"], kinds);
    }

    private static (int, string?) Seen(S3Answer answer) => (answer.Status, answer.Code);
}
