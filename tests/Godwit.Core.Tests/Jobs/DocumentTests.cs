using System.Text.Json;
using Godwit.Core.Jobs;

namespace Godwit.Core.Tests.Jobs;

public sealed class DocumentTests
{
    [Theory]
    [InlineData("https://s3.us-east-1.amazonaws.com/bucket/a/b.bin", "bucket", "a/b.bin", null)]
    [InlineData("https://s3.amazonaws.com/bucket/a b+c.bin", "bucket", "a b+c.bin", null)]
    [InlineData("https://bucket.s3.amazonaws.com/a/b.bin", "bucket", "a/b.bin", null)]
    [InlineData("https://my.bucket.s3-eu-west-1.amazonaws.com/k?versionId=v1", "my.bucket", "k", "v1")]
    [InlineData("http://127.0.0.1:4566/bucket/k", "bucket", "k", null)]
    [InlineData("s3://bucket/a/b", "bucket", "a/b", null)]
    public void An_object_is_named_by_its_url(string url, string bucket, string key, string? version) =>
        Assert.Equal(new S3Location(bucket, key, version), S3Location.Parse(url));

    [Theory]
    [InlineData("")]
    [InlineData("bucket/key")]
    [InlineData("https://s3.amazonaws.com/bucket")]
    [InlineData("https://s3.amazonaws.com/bucket/")]
    [InlineData("ftp://s3.amazonaws.com/bucket/key")]
    [InlineData("https:///bucket/key")]
    public void What_names_no_object_is_none(string url) => Assert.Null(S3Location.Parse(url));

    [Theory]
    [InlineData("us-east-1.b/app.bin@v7", "b", "app.bin", "v7")]
    [InlineData("us-east-1.my.bucket/a/b@2/app.bin", "my.bucket", "a/b@2/app.bin", null)]
    [InlineData("us-east-1.my.bucket/a/app@home@v", "my.bucket", "a/app@home", "v")]
    [InlineData("us-east-1.b/app.bin@", "b", "app.bin", null)]
    [InlineData("bucket/app.bin@v7", null, null, null)]
    [InlineData("us-east-1.b/@v7", null, null, null)]
    [InlineData("us-east-1./k", null, null, null)]
    public void A_signatures_placeholder_names_an_object(string text, string? bucket, string? key, string? version)
    {
        var found = Assert.Single(DocumentPlaceholders.Find($"{{\"s\":\"${{aws:iot:code-sign-signature:s3://{text}}}\"}}"));
        Assert.Equal(PlaceholderKind.Signature, found.Kind);
        Assert.Equal(bucket is null ? null : new S3Location(bucket, key!, version), found.Location);
    }

    [Fact]
    public void Placeholders_are_filled_where_they_stand_and_nothing_else_moves()
    {
        const string document =
            """{"a":"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/b/k?versionId=no}","b":"x ${aws:iot:s3-presigned-url-v2:https%3A%2F%2Fs3.amazonaws.com%2Fb%2Fa%20b%3FversionId%3Dv7} y","c":"${aws:iot:s3-presigned-url-upload:https://b.s3.amazonaws.com/${thingName}/${jobId}/${executionNumber}.log}","d":"${aws:iot:other:z}","e":"${aws:iot:s3-presigned-url:unclosed"}""";
        var found = DocumentPlaceholders.Find(document);
        Assert.Equal(
            [
                (PlaceholderKind.Download, new S3Location("b", "k", null)),
                (PlaceholderKind.Download, new S3Location("b", "a b", "v7")),
                (PlaceholderKind.Upload, new S3Location("b", "${thingName}/${jobId}/${executionNumber}.log", null)),
            ],
            found.Select(placeholder => (placeholder.Kind, placeholder.Location!)));
        Assert.Equal(
            """{"a":"k","b":"x a b y","c":"dev7/rel42/3.log","d":"${aws:iot:other:z}","e":"${aws:iot:s3-presigned-url:unclosed"}""",
            DocumentPlaceholders.Fill(document, placeholder => DocumentPlaceholders.UploadKey(placeholder.Location!.Key, "dev7", "rel42", 3)));
    }

    [Fact]
    public void A_device_sees_the_document_compact_without_nulls_and_without_needless_escapes()
    {
        using var document = JsonDocument.Parse(
            """{ "z": 1.0, "n": null, "a": [null, {"m": null, "k": "a\/b+c\u0026<é>"}], "big": 12345678901234567890, "e": {"x": null}, "t": true }""");
        Assert.Equal("""{"z":1.0,"a":[null,{"k":"a/b+c&<é>"}],"big":12345678901234567890,"e":{},"t":true}""", DeviceDocument.Of(document.RootElement));
    }

    [Fact]
    public void Details_may_hold_any_text_without_control_characters()
    {
        Assert.Null(StatusDetails.Refuse(new Dictionary<string, string> { ["a:b_c-9"] = "two  spaces, é, 日本, 🚀, " + new string('v', 900) }));
        foreach (var value in (string[])["", "tab\t", "nul\0", "rtl\u202E", "private\uE000", new string('v', 1025)])
            Assert.NotNull(StatusDetails.Refuse(new Dictionary<string, string> { ["k"] = value }));
        Assert.NotNull(StatusDetails.Refuse(new Dictionary<string, string> { [""] = "v" }));
        Assert.NotNull(StatusDetails.Refuse(new Dictionary<string, string> { [new string('k', 129)] = "v" }));
    }
}
