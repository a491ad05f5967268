using Godwit.Server.Http.S3;

namespace Godwit.Server.Tests.Http.S3;

public sealed class S3AddressTests
{
    [Theory]
    [InlineData("localhost:4566", "/", null, "")]
    [InlineData("localhost:4566", "/b", "b", "")]
    [InlineData("localhost:4566", "/b/", "b", "")]
    [InlineData("localhost:4566", "/b/k", "b", "k")]
    [InlineData("127.0.0.1:4566", "/b//k/../x%2Fy%20z", "b", "/k/../x/y z")]
    [InlineData("[::1]:4566", "/b/k", "b", "k")]
    [InlineData("b.localhost:4566", "/k/l", "b", "k/l")]
    [InlineData("my.bucket.localhost", "/k", "my.bucket", "k")]
    [InlineData("b.s3.localhost:4566", "/", "b", "")]
    [InlineData("b.s3.us-east-1.amazonaws.com", "/k", "b", "k")]
    [InlineData("s3.localhost:4566", "/b/k", "b", "k")]
    [InlineData("files.example", "/b/k", "b", "k")]
    [InlineData("b.files.example", "/k", "b", "k")]
    [InlineData("evilfiles.example", "/b/k", "b", "k")]
    public void Bucket_and_key_are_found_in_both_styles(string host, string path, string? bucket, string key) =>
        Assert.Equal(new S3Address(bucket, key), S3Address.Parse(path, host, ["files.example", "localhost"]));

    [Theory]
    [InlineData("/b/%FF")]
    [InlineData("/%zz/k")]
    [InlineData("/b/%")]
    public void A_path_that_cannot_be_decoded_has_no_address(string path) => Assert.Null(S3Address.Parse(path, "localhost", ["localhost"]));
}
