using System.Text;
using CsCheck;

namespace Godwit.Server.Tests.Objects;

public sealed class S3ListingTests : IAsyncLifetime
{
    private static readonly IGen<string>[] Prefixes = [.. ((string[])["", "a", "a/", "b/", "c/", "q"]).Select(Gen.Const)];
    private static readonly IGen<string>[] Delimiters = [.. ((string[])["", "/", "b", "//"]).Select(Gen.Const)];

    private TestServer _server = null!;
    private S3Client _s3 = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        _s3 = new S3Client(_server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Pages_of_any_size_hold_what_a_naive_listing_holds()
    {
        await _s3.WithBucket("firmware");
        string[] keys = ["a", "a/", "a/b", "a/b/c", "a/\U0010FFFFz", "a0", "b//x", "b//y", "c/\uFFF0", "c/😀", "d é", "z"];
        foreach (var key in keys)
            await _s3.Put("firmware", key, "x");
        var sorted = keys.OrderBy(k => Convert.ToHexString(Encoding.UTF8.GetBytes(k)), StringComparer.Ordinal).ToList();
        var cases = Gen.Select(Gen.Int[1, 5], Gen.OneOf(Prefixes), Gen.OneOf(Delimiters));
        await cases.SampleAsync(async (size, prefix, delimiter) => Assert.Equal(Naive(sorted, prefix, delimiter), await Walk(size, prefix, delimiter)), iter: 100, threads: 1);
    }

    [Fact]
    public async Task Versions_are_listed_newest_first_and_a_page_goes_on_after_its_marker_is_gone()
    {
        await _s3.WithBucket("firmware", versioned: true);
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Insert(0, (await _s3.Put("firmware", "a", $"{i}")).Header("x-amz-version-id")!);
        var page = await _s3.Send("GET", "firmware", query: "versions&max-keys=2");
        Assert.Equal(ids[..2], page.Texts("VersionId"));
        foreach (var id in ids[..2])
            await _s3.Send("DELETE", "firmware", "a", $"versionId={id}");
        var next = await _s3.Send(
            "GET", "firmware", query: $"versions&max-keys=9&key-marker={page.One("NextKeyMarker")}&version-id-marker={page.One("NextVersionIdMarker")}");
        Assert.Equal(ids[2..], next.Texts("VersionId"));
        Assert.Equal(["true", "false", "false"], next.Texts("IsLatest"));
        Assert.Equal(ids[3..], (await _s3.Send("GET", "firmware", query: $"versions&key-marker=a&version-id-marker={ids[2]}")).Texts("VersionId"));
        Assert.Equal("InvalidArgument", (await _s3.Send("GET", "firmware", query: "versions&key-marker=a&version-id-marker=none")).Code);
    }

    [Fact]
    public async Task Bad_parameters_are_refused()
    {
        await _s3.WithBucket("firmware");
        foreach (var query in (string[])["max-keys=x", "max-keys=-1", "encoding-type=base64", "list-type=2&continuation-token=zz", "list-type=3", "versions&version-id-marker=a"])
            Assert.Equal("InvalidArgument", (await _s3.Send("GET", "firmware", query: query)).Code);
        Assert.Equal("NoSuchBucket", (await _s3.Send("GET", "none-such")).Code);
        Assert.Equal("0", (await _s3.Send("GET", "firmware", query: "max-keys=0")).One("MaxKeys"));
    }

    [Fact]
    public async Task Another_accounts_bucket_is_closed()
    {
        await _s3.WithBucket("firmware");
        await _s3.Put("firmware", "a", "secret");
        var other = new S3Client(_server, "123456789012");
        Assert.Equal("AccessDenied", (await other.Get("firmware", "a")).Code);
        Assert.Equal("AccessDenied", (await other.Send("GET", "firmware")).Code);
        Assert.Equal("AccessDenied", (await other.Put("firmware", "a", "x")).Code);
        Assert.Equal("AccessDenied", (await other.Send("DELETE", "firmware", "a")).Code);
        Assert.Equal("BucketAlreadyExists", (await other.Send("PUT", "firmware")).Code);
        await other.WithBucket("theirs");
        Assert.Equal("AccessDenied", (await other.Send("PUT", "theirs", "a", "", null, ("x-amz-copy-source", "firmware/a"))).Code);
        Assert.Equal(["theirs"], (await other.Send("GET", null)).Texts("Name"));
    }

    [Theory]
    [InlineData("us-east-1", "", 200, "")]
    [InlineData("us-east-1", "us-east-1", 400, "InvalidLocationConstraint")]
    [InlineData("us-east-1", "eu-west-1", 200, "eu-west-1")]
    [InlineData("eu-west-1", "eu-west-1", 200, "eu-west-1")]
    [InlineData("eu-west-1", "", 400, "IllegalLocationConstraintException")]
    [InlineData("eu-west-1", "us-west-2", 400, "IllegalLocationConstraintException")]
    public async Task A_bucket_lies_where_it_was_asked_to(string region, string constraint, int status, string expected)
    {
        var s3 = new S3Client(_server, region: region);
        var body = constraint == "" ? "" : $"<CreateBucketConfiguration><LocationConstraint>{constraint}</LocationConstraint></CreateBucketConfiguration>";
        var created = await s3.Send("PUT", "firmware", body: Encoding.UTF8.GetBytes(body));
        Assert.Equal(status, created.Status);
        if (status == 200)
            Assert.Equal(expected, (await s3.Send("GET", "firmware", query: "location")).One("LocationConstraint"));
        else
            Assert.Equal(expected, created.Code);
    }

    [Fact]
    public async Task Parts_become_one_object()
    {
        await _s3.WithBucket("firmware", versioned: true);
        var begun = await _s3.Send("POST", "firmware", "big", "uploads", null, ("x-amz-checksum-algorithm", "CRC64NVME"), ("x-amz-meta-n", "1"));
        var upload = "uploadId=" + begun.One("UploadId");
        var first = new byte[5 << 20];
        var e1 = (await _s3.Send("PUT", "firmware", "big", "partNumber=1&" + upload, first)).Header("ETag");
        var e2 = (await _s3.Send("PUT", "firmware", "big", "partNumber=2&" + upload, "tail"u8.ToArray())).Header("ETag");
        Assert.Equal("NoSuchUpload", (await _s3.Send("PUT", "firmware", "other", "partNumber=2&" + upload, [1])).Code);
        Assert.Equal("InvalidArgument", (await _s3.Send("PUT", "firmware", "big", "partNumber=10001&" + upload, [1])).Code);
        Assert.Equal("InvalidPart", (await Complete(upload, (1, e2!), (2, e2!))).Code);
        Assert.Equal("InvalidPartOrder", (await Complete(upload, (2, e2!), (1, e1!))).Code);
        Assert.Equal("MalformedXML", (await Complete(upload)).Code);
        var done = await Complete(upload, (1, e1!), (2, e2!));
        Assert.EndsWith("-2\"", done.One("ETag"), StringComparison.Ordinal);
        Assert.Equal("FULL_OBJECT", done.One("ChecksumType"));
        var tail = await _s3.Get("firmware", "big", "", ("Range", "bytes=-6"));
        Assert.Equal("\0\0tail", tail.Text);
        Assert.Equal("1", tail.Header("x-amz-meta-n"));
        Assert.Equal("NoSuchUpload", (await Complete(upload, (1, e1!))).Code);
    }

    [Fact]
    public async Task Hostile_keys_are_data_and_nothing_leaves_the_folder()
    {
        await _s3.WithBucket("firmware");
        var before = Directory.GetFileSystemEntries(_server.Folder).Order().ToList();
        string[] seeds =
        [
            "../up", "../../../../etc/passwd", "/etc/passwd", "..", ".", "./.", "a/../../b", "%2e%2e/%2e%2e", "%00", "C:\\Windows\\x", "\\\\host\\share", "CON", "NUL.txt",
            "aux", "a\nb", "a\r\nSet-Cookie: x", "\u202Egnp.exe", "\u0001\u001f", "'; DROP TABLE object_version;--", "%", "_", "<script>", "&amp;", "]]>", "\u007f", "$(id)", "`id`",
            "~root", "file:///etc", "http://169.254.169.254/", "tmp", "00", "\uFEFF", "e\u0301", "😀", "a//b///c", " ", " lead", "trail ", "a?b", "a#b", "+", "\t",
        ];
        var keys = seeds.SelectMany(s => new[] { s, s + "/x", "x/" + s, s + s, new string('k', 900) + s[..Math.Min(9, s.Length)] }).Distinct().ToList();
        Assert.True(keys.Count >= 200, $"{keys.Count} keys");
        foreach (var key in keys)
            Assert.True((await _s3.Put("firmware", key, key)).Refusal is null, key);
        foreach (var key in keys)
            Assert.Equal(key, (await _s3.Get("firmware", key)).Text);
        Assert.Equal(keys.Order(StringComparer.Ordinal), (await Walk(1000, "", "")).Order(StringComparer.Ordinal));

        foreach (var key in (string[])["a\0b", "\0", "bad \uFFFD utf-8", "\uD800"])
            Assert.Equal("InvalidURI", (await _s3.Put("firmware", key, "x")).Code);
        Assert.Equal("KeyTooLongError", (await _s3.Put("firmware", new string('é', 513), "x")).Code);
        Assert.Equal("KeyTooLongError", (await _s3.Put("firmware", new string('k', 4096), "x")).Code);

        var made = Directory.GetFiles(Path.Combine(_server.Folder, "objects"), "*", SearchOption.AllDirectories);
        Assert.All(made, path => Assert.Matches("/objects/([0-9a-f]{2})/\\1[0-9a-f]{62}$", path));
        Assert.Equal(before, Directory.GetFileSystemEntries(_server.Folder).Order());
        Assert.All((string[])["up", "upup", "x", "tmp"], name => Assert.False(File.Exists(Path.Combine(_server.Folder, "..", name)), name));
    }

    private Task<S3Answer> Complete(string upload, params (int Number, string ETag)[] parts) => _s3.Send(
        "POST", "firmware", "big", upload,
        Encoding.UTF8.GetBytes($"<CompleteMultipartUpload>{string.Concat(parts.Select(p => $"<Part><PartNumber>{p.Number}</PartNumber><ETag>{p.ETag}</ETag></Part>"))}</CompleteMultipartUpload>"));

    /// <summary>All entries of all pages, keys and folded prefixes, as one list.</summary>
    private async Task<List<string>> Walk(int size, string prefix, string delimiter)
    {
        var (all, token) = (new List<string>(), "");
        while (true)
        {
            var page = await _s3.Send(
                "GET", "firmware",
                query: $"list-type=2&encoding-type=url&max-keys={size}&prefix={Uri.EscapeDataString(prefix)}&delimiter={Uri.EscapeDataString(delimiter)}{token}");
            var root = page.Xml;
            var entries = root.Elements().Where(e => e.Name.LocalName is "Contents" or "CommonPrefixes")
                .Select(e => Uri.UnescapeDataString(e.Elements().First(c => c.Name.LocalName is "Key" or "Prefix").Value)).ToList();
            Assert.True(entries.Count <= size);
            all.AddRange(entries.OrderBy(k => Convert.ToHexString(Encoding.UTF8.GetBytes(k)), StringComparer.Ordinal));
            if (page.One("IsTruncated") == "false")
                return all;
            token = "&continuation-token=" + page.One("NextContinuationToken");
        }
    }

    private static List<string> Naive(List<string> sorted, string prefix, string delimiter)
    {
        var all = new List<string>();
        foreach (var key in sorted.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var at = delimiter == "" ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var entry = at < 0 ? key : key[..(at + delimiter.Length)];
            if (all.Count == 0 || all[^1] != entry)
                all.Add(entry);
        }
        return all;
    }
}
