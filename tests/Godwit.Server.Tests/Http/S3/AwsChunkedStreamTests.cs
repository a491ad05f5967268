using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Http;
using Godwit.Server.Http.S3;
using Godwit.Server.Objects.S3;

namespace Godwit.Server.Tests.Http.S3;

public sealed class AwsChunkedStreamTests
{
    private static readonly SigV4Scope Scope = new("20260101", "us-east-1", "s3");
    private static readonly byte[] SigningKey = SigV4.SigningKey("secret", Scope);
    private static readonly string Seed = new('a', 64);

    private static readonly string[] Pieces = ["0\r\n", "\r\n", "3\r\nabc\r\n", "1;chunk-signature=", "x-amz-checksum-crc32:A\r\n", "\n"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SigV4Payload.Streaming)]
    [InlineData(SigV4Payload.StreamingTrailer)]
    [InlineData(SigV4Payload.StreamingUnsignedTrailer)]
    public async Task Content_comes_out_whatever_the_pieces(string mode) =>
        await Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[1, 100], Gen.Int[1, 70]).SampleAsync(async (content, chunkBytes, readBytes) =>
        {
            var trailers = new Dictionary<string, string>();
            var read = await Read(mode, Frame(mode, content, chunkBytes), content.Length, trailers, readBytes);
            return read.SequenceEqual(content) && (mode == SigV4Payload.Streaming || trailers["x-amz-checksum-crc32"] == "AAAAAA==");
        }, iter: 200);

    [Theory]
    [InlineData(SigV4Payload.Streaming)]
    [InlineData(SigV4Payload.StreamingTrailer)]
    public async Task Any_changed_byte_of_a_signed_body_is_refused(string mode)
    {
        var content = Encoding.ASCII.GetBytes("the quick brown fox");
        var framed = Frame(mode, content, chunkBytes: 8);
        for (var at = 0; at < framed.Length; at++)
        {
            var changed = framed.ToArray();
            changed[at] ^= 1;
            // Only the case of a hexadecimal digit or of a trailer's name may change without changing what is meant.
            try
            {
                var read = await Read(mode, changed, content.Length, []);
                Assert.Equal(content, read);
                Assert.True(char.ToLowerInvariant((char)changed[at]) == char.ToLowerInvariant((char)framed[at]), $"Byte {at} was changed from {framed[at]} to {changed[at]}.");
            }
            catch (S3BodyException refused)
            {
                Assert.InRange(refused.Error.Status, 400, 403);
            }
        }
    }

    [Theory]
    [InlineData("3\r\nabc\r\n0\r\n\r\n", 4, "IncompleteBody")]
    [InlineData("3\r\nabc\r\n0\r\n\r\n", 2, "IncompleteBody")]
    [InlineData("3\r\nab", 3, "IncompleteBody")]
    [InlineData("3\r\nabcX\n0\r\n\r\n", 3, "InvalidRequest")]
    [InlineData("3\nabc\r\n0\r\n\r\n", 3, "InvalidRequest")]
    [InlineData("3;x=y\r\nabc\r\n0\r\n\r\n", 3, "InvalidRequest")]
    [InlineData("-3\r\nabc\r\n0\r\n\r\n", 3, "InvalidRequest")]
    [InlineData("ffffffffffffffff\r\nabc\r\n0\r\n\r\n", 3, "InvalidRequest")]
    [InlineData("7fffffffffffff\r\nabc", 3, "IncompleteBody")]
    [InlineData("", 0, "IncompleteBody")]
    [InlineData("3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n", 3, "InvalidRequest")]
    [InlineData("3\r\nabc\r\n0\r\nx-amz-checksum-crc32:A\r\n\r\n", 3, "MalformedTrailerError")]
    public async Task Broken_framing_is_refused(string body, int contentBytes, string code)
    {
        var refused = await Assert.ThrowsAsync<S3BodyException>(
            () => Read(SigV4Payload.StreamingUnsignedTrailer, Encoding.ASCII.GetBytes(body), contentBytes, [], trailer: ""));
        Assert.Equal(code, refused.Error.Code);
    }

    [Fact]
    public async Task A_line_without_end_is_refused_before_it_fills_memory()
    {
        var refused = await Assert.ThrowsAsync<S3BodyException>(
            () => Read(SigV4Payload.StreamingUnsignedTrailer, Encoding.ASCII.GetBytes(new string('1', 1_000_000)), 1, []));
        Assert.Equal("InvalidRequest", refused.Error.Code);
    }

    [Fact]
    public async Task Random_bytes_never_do_more_than_be_refused() =>
        await Gen.OneOf(Gen.Byte.Array[0, 100], Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 6].Select(parts => Encoding.ASCII.GetBytes(string.Concat(parts))))
            .SampleAsync(async body =>
            {
                try
                {
                    await Read(SigV4Payload.StreamingUnsignedTrailer, body, 3, []);
                    return true;
                }
                catch (S3BodyException refused)
                {
                    return refused.Error.Status is >= 400 and < 500;
                }
            }, iter: 2000);

    private static byte[] Frame(string mode, byte[] content, int chunkBytes)
    {
        var signed = mode != SigV4Payload.StreamingUnsignedTrailer;
        var (framed, previous) = (new MemoryStream(), Seed);
        foreach (var chunk in content.Chunk(chunkBytes).Append([]))
        {
            previous = SigV4Chunks.ChunkSignature(SigningKey, "20260101T000000Z", Scope, previous, SigV4.Hash(chunk));
            framed.Write(Encoding.ASCII.GetBytes($"{chunk.Length:x}{(signed ? ";chunk-signature=" + previous : "")}\r\n"));
            framed.Write(chunk);
            if (chunk.Length > 0)
                framed.Write("\r\n"u8);
        }

        KeyValuePair<string, string> checksum = new("x-amz-checksum-crc32", "AAAAAA==");
        if (mode != SigV4Payload.Streaming)
            framed.Write(Encoding.ASCII.GetBytes($"{checksum.Key}:{checksum.Value}\r\n"));
        if (mode == SigV4Payload.StreamingTrailer)
            framed.Write(Encoding.ASCII.GetBytes($"x-amz-trailer-signature:{SigV4Chunks.TrailerSignature(SigningKey, "20260101T000000Z", Scope, previous, [checksum])}\r\n"));
        framed.Write("\r\n"u8);
        return framed.ToArray();
    }

    private static async Task<byte[]> Read(string mode, byte[] body, long contentBytes, Dictionary<string, string> trailers, int readBytes = 4096, string trailer = "x-amz-checksum-crc32")
    {
        var request = new SigV4Request("PUT", "/b/k", "", mode == SigV4Payload.Streaming ? [] : [new("x-amz-trailer", trailer)]);
        var claim = new SigV4Claim("AKIA", Scope, ["host"], Seed, default, "20260101T000000Z", null, null, mode);
        var signed = new Signed(claim, request, new AccessKey("AKIA", "secret", "000000000000", ""), SigningKey);
        await using var stream = new AwsChunkedStream(PipeReader.Create(new MemoryStream(body)), signed, contentBytes, trailers);
        var content = new MemoryStream();
        var buffer = new byte[readBytes];
        for (var read = await stream.ReadAsync(buffer, Ct); read > 0; read = await stream.ReadAsync(buffer, Ct))
            content.Write(buffer, 0, read);
        return content.ToArray();
    }
}
