using System.Text;
using Godwit.Core.Access;

namespace Godwit.Core.Tests.Access;

/// <summary>The worked examples that AWS publishes (IAM and S3 documentation of Signature Version 4).</summary>
public class SigV4VectorTests
{
    private const string S3Key = "AKIAIOSFODNN7EXAMPLE";
    private const string S3Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private static readonly DateTimeOffset S3Time = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_ListUsers_example_of_the_IAM_guide_is_reproduced_and_verified()
    {
        var request = Request("GET", "/", "Action=ListUsers&Version=2010-05-08",
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), ("Host", "iam.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"));
        var signer = new SigV4Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "iam");
        string[] signed = ["content-type", "host", "x-amz-date"];

        var canonical = SigV4Canonical.Request(request, "iam", signed, SigV4Payload.EmptyHash);
        var authorization = signer.Authorization(request, SigV4Payload.EmptyHash);

        Assert.Equal("f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59", SigV4.Hash(Encoding.UTF8.GetBytes(canonical)));
        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, "
            + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            authorization);
        var sent = request with { Headers = [.. request.Headers, new("Authorization", authorization)] };
        Assert.Null(Verify(sent, signer.Secret, new DateTimeOffset(2015, 8, 30, 12, 40, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void The_bucket_examples_of_the_S3_reference_are_reproduced(string query, string signature)
    {
        var request = S3Request("GET", "/", query, SigV4Payload.EmptyHash);

        Assert.EndsWith($"Signature={signature}", S3Signer().Authorization(request, SigV4Payload.EmptyHash));
    }

    [Fact]
    public void The_GET_object_example_with_a_range_verifies()
    {
        var request = S3Request("GET", "/test.txt", "", SigV4Payload.EmptyHash, ("Range", "bytes=0-9"), ("Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));

        Assert.Null(Verify(request, S3Secret, S3Time));
    }

    [Theory]
    [InlineData("/test%24file.text")]
    [InlineData("/test$file.text")]
    public void The_PUT_object_example_verifies_however_the_path_is_encoded(string path)
    {
        var hash = SigV4.Hash("Welcome to Amazon S3."u8);
        var request = S3Request("PUT", path, "", hash,
            ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            + "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
            + "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));

        Assert.Null(SigV4.Verify(SigV4Claim.Parse(request).Value, request, hash, Key(request), S3Time));
    }

    [Fact]
    public void The_presigned_example_of_the_S3_reference_is_reproduced_and_verified_until_it_expires()
    {
        var request = Request("GET", "/test.txt", "", ("Host", "examplebucket.s3.amazonaws.com"));

        var query = S3Signer().Presign(request, S3Time, TimeSpan.FromSeconds(86400));

        Assert.Equal(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            query);
        var sent = request with { RawQuery = query };
        Assert.Null(Verify(sent, S3Secret, S3Time.AddSeconds(86400)));
        var refused = Verify(sent, S3Secret, S3Time.AddSeconds(86401));
        Assert.Equal(("AccessDenied", 403, "Request has expired"), (refused?.Code, refused?.Status, refused?.Message));
    }

    [Fact]
    public void The_chunked_upload_example_gives_its_three_chunk_signatures()
    {
        var request = Request("PUT", "/examplebucket/chunkObject.txt", "",
            ("Host", "s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", SigV4Payload.Streaming), ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "66560"),
            ("Content-Length", "66824"), ("Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            + "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,"
            + "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"));
        Assert.Null(Verify(request, S3Secret, S3Time));

        var claim = SigV4Claim.Parse(request).Value;
        string Next(string previous, int size) => SigV4Chunks.ChunkSignature(
            Key(request), claim.Timestamp, claim.Scope, previous, SigV4.Hash(Encoding.ASCII.GetBytes(new string('a', size))));
        var first = Next(claim.Signature, 65536);
        var second = Next(first, 1024);

        Assert.Equal("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", first);
        Assert.Equal("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", second);
        Assert.Equal("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", Next(second, 0));
    }

    [Fact]
    public void The_trailing_checksum_example_gives_its_trailer_signature()
    {
        var scope = new SigV4Scope("20130524", "us-east-1", "s3");
        var key = SigV4.SigningKey(S3Secret, scope);
        const string seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
        string Next(string previous, int size) =>
            SigV4Chunks.ChunkSignature(key, "20130524T000000Z", scope, previous, SigV4.Hash(Encoding.ASCII.GetBytes(new string('a', size))));

        var last = Next(Next(Next(seed, 65536), 1024), 0);

        Assert.Equal("2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992", last);
        Assert.Equal("d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
            SigV4Chunks.TrailerSignature(key, "20130524T000000Z", scope, last, [new("X-Amz-Checksum-Crc32c", " sOO8/Q== ")]));
    }

    [Theory]
    [InlineData("10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", true, 65536)]
    [InlineData("0", true, 0)]
    [InlineData("1f", true, 31)]
    [InlineData("", false, 0)]
    [InlineData("-1", false, 0)]
    [InlineData("10000;x=1", false, 0)]
    [InlineData("1;chunk-signature=zz", false, 0)]
    [InlineData("fffffffffffffffff", false, 0)]
    public void A_chunk_line_is_a_size_and_perhaps_a_signature(string line, bool good, long size)
    {
        Assert.Equal(good, SigV4Chunks.TryParseHeader(line, out var found, out _));
        if (good)
            Assert.Equal(size, found);
    }

    private static SigV4Signer S3Signer() => new(S3Key, S3Secret, "us-east-1", "s3");

    private static SigV4Request S3Request(string method, string path, string query, string hash, params (string, string)[] more) =>
        Request(method, path, query, [("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", hash), ("x-amz-date", "20130524T000000Z"), .. more]);

    private static SigV4Request Request(string method, string path, string query, params (string Name, string Value)[] headers) =>
        new(method, path, query, [.. headers.Select(line => KeyValuePair.Create(line.Name, line.Value))]);

    private static byte[] Key(SigV4Request request) => SigV4.SigningKey(S3Secret, SigV4Claim.Parse(request).Value.Scope);

    private static ServiceError? Verify(SigV4Request request, string secret, DateTimeOffset now)
    {
        var claim = SigV4Claim.Parse(request);
        return claim.Error ?? SigV4.Verify(claim.Value, request, SigV4Payload.EmptyHash, SigV4.SigningKey(secret, claim.Value.Scope), now) switch
        {
            { Code: "XAmzContentSHA256Mismatch" } => SigV4.Verify(claim.Value, request, null, SigV4.SigningKey(secret, claim.Value.Scope), now),
            var verdict => verdict,
        };
    }
}
