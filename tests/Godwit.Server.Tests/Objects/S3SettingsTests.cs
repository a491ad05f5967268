using System.Text;

namespace Godwit.Server.Tests.Objects;

/// <summary>What is set on buckets and objects besides their bytes: policy, CORS, tags, attributes, parts.</summary>
public sealed class S3SettingsTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private S3Client _s3 = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        _s3 = await new S3Client(_server).WithBucket("firmware");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("policy", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::firmware/*"}]}""", "NoSuchBucketPolicy", "MalformedPolicy")]
    [InlineData("cors", "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>", "NoSuchCORSConfiguration", "MalformedXML")]
    [InlineData("tagging", "<Tagging><TagSet><Tag><Key>team</Key><Value>fleet</Value></Tag></TagSet></Tagging>", "NoSuchTagSet", "MalformedXML")]
    [InlineData("publicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>", "NoSuchPublicAccessBlockConfiguration", "MalformedXML")]
    [InlineData("ownershipControls", "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>", "OwnershipControlsNotFoundError", "MalformedXML")]
    public async Task A_document_is_kept_given_back_and_gone_when_deleted(string name, string document, string missing, string malformed)
    {
        Assert.Equal(malformed, (await _s3.Send("PUT", "firmware", "", name, "{}"u8.ToArray())).Code);
        var put = await _s3.Send("PUT", "firmware", "", name, Encoding.UTF8.GetBytes(document));
        Assert.Null(put.Refusal);
        await _server.Restart();
        var got = await _s3.Send("GET", "firmware", "", name);
        Assert.Equal(document, got.Text.Replace("<?xml version=\"1.0\" encoding=\"utf-8\"?>", "", StringComparison.Ordinal).Replace(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"", "", StringComparison.Ordinal));
        Assert.Equal(204, (await _s3.Send("DELETE", "firmware", "", name)).Status);
        Assert.Equal((404, missing), ((await _s3.Send("GET", "firmware", "", name)).Status, (await _s3.Send("GET", "firmware", "", name)).Code));
    }

    [Theory]
    [InlineData("publicAccessBlock", "<RestrictPublicBuckets>true</RestrictPublicBuckets>")]
    [InlineData("ownershipControls", "BucketOwnerEnforced")]
    [InlineData("requestPayment", "<Payer>BucketOwner</Payer>")]
    [InlineData("acl", "<Permission>FULL_CONTROL</Permission>")]
    [InlineData("logging", "BucketLoggingStatus")]
    [InlineData("notification", "NotificationConfiguration")]
    [InlineData("accelerate", "AccelerateConfiguration")]
    [InlineData("encryption", "ServerSideEncryptionConfigurationNotFoundError")]
    [InlineData("lifecycle", "NoSuchLifecycleConfiguration")]
    [InlineData("replication", "ReplicationConfigurationNotFoundError")]
    [InlineData("website", "NoSuchWebsiteConfiguration")]
    [InlineData("object-lock", "ObjectLockConfigurationNotFoundError")]
    public async Task A_new_bucket_answers_as_AWSs_new_buckets_do(string name, string answer)
    {
        var got = await _s3.Send("GET", "firmware", "", name);
        Assert.Contains(answer, got.Text + got.Code, StringComparison.Ordinal);
        Assert.Equal("NoSuchBucket", (await _s3.Send("GET", "no-such-bucket", "", name)).Code);
    }

    [Fact]
    public async Task What_is_not_kept_is_refused_by_name()
    {
        Assert.Equal("NotImplemented", (await _s3.Send("PUT", "firmware", "", "lifecycle", "<x/>"u8.ToArray())).Code);
        Assert.Equal("NotImplemented", (await _s3.Send("PUT", "firmware", "", "encryption", "<x/>"u8.ToArray())).Code);
        Assert.Equal("AccessControlListNotSupported", (await _s3.Send("PUT", "firmware", "", "acl", "<x/>"u8.ToArray())).Code);
    }

    [Fact]
    public async Task Tags_stay_with_their_version_and_go_along_with_a_copy()
    {
        await _s3.SetVersioning("firmware", "Enabled");
        var first = (await _s3.Put("firmware", "a", "one", ("x-amz-tagging", "stage=beta&by=ci+bot"))).Header("x-amz-version-id")!;
        await _s3.Put("firmware", "a", "two");
        var got = await _s3.Get("firmware", "a", $"versionId={first}");
        Assert.Equal("2", got.Header("x-amz-tagging-count"));
        Assert.Null((await _s3.Get("firmware", "a")).Header("x-amz-tagging-count"));
        Assert.Contains("<Key>by</Key><Value>ci bot</Value>", (await _s3.Get("firmware", "a", $"tagging&versionId={first}")).Text, StringComparison.Ordinal);

        Assert.Null((await _s3.Send("PUT", "firmware", "b", headers: ("x-amz-copy-source", $"/firmware/a?versionId={first}"))).Refusal);
        Assert.Contains("<Value>beta</Value>", (await _s3.Get("firmware", "b", "tagging")).Text, StringComparison.Ordinal);
        Assert.Null((await _s3.Send("PUT", "firmware", "b", "", null, ("x-amz-copy-source", "/firmware/a"), ("x-amz-tagging-directive", "REPLACE"), ("x-amz-tagging", "stage=prod"))).Refusal);
        Assert.Contains("<Value>prod</Value>", (await _s3.Get("firmware", "b", "tagging")).Text, StringComparison.Ordinal);

        var tags = "<Tagging><TagSet><Tag><Key>stage</Key><Value>ga</Value></Tag></TagSet></Tagging>"u8.ToArray();
        Assert.Null((await _s3.Send("PUT", "firmware", "b", "tagging", tags)).Refusal);
        Assert.Equal(204, (await _s3.Send("DELETE", "firmware", "b", "tagging")).Status);
        Assert.DoesNotContain("<Tag>", (await _s3.Get("firmware", "b", "tagging")).Text, StringComparison.Ordinal);
        Assert.Equal("BadRequest", (await _s3.Put("firmware", "c", "x", ("x-amz-tagging", string.Join('&', Enumerable.Range(0, 11).Select(i => $"k{i}=v"))))).Code);
        Assert.Equal("InvalidTag", (await _s3.Put("firmware", "c", "x", ("x-amz-tagging", "aws%3Ak=v"))).Code);
    }

    [Fact]
    public async Task An_upload_without_a_checksum_gets_CRC64NVME()
    {
        await _s3.Put("firmware", "a", "123456789");
        var got = await _s3.Get("firmware", "a", "", ("x-amz-checksum-mode", "ENABLED"));
        Assert.Equal(("rosUhgp5mIg=", "FULL_OBJECT"), (got.Header("x-amz-checksum-crc64nvme"), got.Header("x-amz-checksum-type")));
    }

    [Fact]
    public async Task Parts_can_be_asked_for_by_number_and_by_attributes()
    {
        var (one, two) = (new byte[5 << 20], "the end"u8.ToArray());
        Array.Fill(one, (byte)'x');
        var upload = (await _s3.Send("POST", "firmware", "big", "uploads", headers: ("x-amz-checksum-algorithm", "CRC32C"))).One("UploadId");
        var parts = new StringBuilder();
        foreach (var (number, bytes) in new[] { (1, one), (2, two) })
        {
            var part = await _s3.Send("PUT", "firmware", "big", $"partNumber={number}&uploadId={upload}", bytes);
            parts.Append($"<Part><PartNumber>{number}</PartNumber><ETag>{part.Header("ETag")}</ETag></Part>");
        }

        Assert.Null((await _s3.Send("POST", "firmware", "big", $"uploadId={upload}", Encoding.UTF8.GetBytes($"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"))).Refusal);
        var last = await _s3.Get("firmware", "big", "partNumber=2");
        Assert.Equal((206, "the end", "2", $"bytes {one.Length}-{one.Length + 6}/{one.Length + 7}"), (last.Status, last.Text, last.Header("x-amz-mp-parts-count"), last.Header("Content-Range")));
        Assert.Equal((416, "InvalidPartNumber"), ((await _s3.Get("firmware", "big", "partNumber=3")).Status, (await _s3.Get("firmware", "big", "partNumber=3")).Code));

        var attributes = await _s3.Get("firmware", "big", "attributes", ("x-amz-object-attributes", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize"));
        Assert.Contains("<PartsCount>2</PartsCount>", attributes.Text, StringComparison.Ordinal);
        Assert.Contains("<ChecksumType>COMPOSITE</ChecksumType>", attributes.Text, StringComparison.Ordinal);
        Assert.Contains($"<ObjectSize>{one.Length + 7}</ObjectSize>", attributes.Text, StringComparison.Ordinal);
        Assert.Contains("<PartNumber>2</PartNumber><Size>7</Size><ChecksumCRC32C>", attributes.Text, StringComparison.Ordinal);
        Assert.Equal("InvalidArgument", (await _s3.Get("firmware", "big", "attributes", ("x-amz-object-attributes", "Colour"))).Code);
    }

    [Fact]
    public async Task A_page_of_another_origin_may_what_the_rules_say()
    {
        var rules = """
            <CORSConfiguration><CORSRule><AllowedOrigin>https://*.example</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedHeader>content-*</AllowedHeader>
            <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule></CORSConfiguration>
            """;
        Assert.Equal(403, (await Ask("https://app.example", "PUT", "content-type")).Status);
        Assert.Null((await _s3.Send("PUT", "firmware", "", "cors", Encoding.UTF8.GetBytes(rules))).Refusal);
        var answer = await Ask("https://app.example", "PUT", "content-type");
        Assert.Equal((200, "https://app.example", "600"), (answer.Status, answer.Headers.GetValues("Access-Control-Allow-Origin").Single(), answer.Headers.GetValues("Access-Control-Max-Age").Single()));
        Assert.Equal(403, (await Ask("https://app.example", "GET", "content-type")).Status);
        Assert.Equal(403, (await Ask("https://evil.test", "PUT", "content-type")).Status);
        Assert.Equal(403, (await Ask("https://app.example", "PUT", "x-amz-copy-source")).Status);

        using var client = _server.Client("s3");
        var put = await client.Send("PUT", "/firmware/a", "x"u8.ToArray(), [new("Origin", "https://app.example")]);
        Assert.Equal("https://app.example", put.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False((await client.Send("PUT", "/firmware/a", "x"u8.ToArray(), [new("Origin", "https://evil.test")])).Headers.Contains("Access-Control-Allow-Origin"));
    }

    private async Task<Answer> Ask(string origin, string method, string headers)
    {
        using var http = new HttpClient();
        using var question = new HttpRequestMessage(HttpMethod.Options, new Uri(_server.Address, "/firmware/a"));
        question.Headers.Add("Origin", origin);
        question.Headers.Add("Access-Control-Request-Method", method);
        question.Headers.Add("Access-Control-Request-Headers", headers);
        return await Answer.Read(await http.SendAsync(question, TestContext.Current.CancellationToken));
    }
}
