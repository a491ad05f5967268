using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Godwit.Core.Access;
using Godwit.Server.Objects.S3;

namespace Godwit.Server.Http.S3;

/// <summary>
/// Takes the framing off an aws-chunked body and checks it on the way: each chunk's signature (where chunks are signed), the declared length, the
/// trailers and theirs. Holds no chunk in memory. AWS: S3 > Authenticating requests > Transferring payload in multiple chunks.
/// </summary>
internal sealed class AwsChunkedStream : ForwardStream
{
    private const int TrailersMax = 8;

    private readonly PipeReader _source;
    private readonly Signed _signed;
    private readonly Dictionary<string, string> _trailers;
    private readonly HashSet<string> _announced;
    private readonly bool _chunksSigned;
    private readonly bool _hasTrailers;
    private readonly IncrementalHash _chunkHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private string _previous;
    private string? _chunkSignature;
    private long _contentLeft;
    private long _chunkLeft;
    private bool _inChunk;
    private bool _ended;

    /// <param name="contentBytes">From <c>x-amz-decoded-content-length</c>.</param>
    /// <param name="trailers">Filled when the end has been read.</param>
    public AwsChunkedStream(PipeReader source, Signed signed, long contentBytes, Dictionary<string, string> trailers)
    {
        (_source, _signed, _contentLeft, _trailers) = (source, signed, contentBytes, trailers);
        _chunksSigned = signed.Claim.DeclaredPayload is SigV4Payload.Streaming or SigV4Payload.StreamingTrailer;
        _hasTrailers = signed.Claim.DeclaredPayload is SigV4Payload.StreamingTrailer or SigV4Payload.StreamingUnsignedTrailer;
        _announced = [.. (signed.Request.Header("x-amz-trailer") ?? "").ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        _previous = signed.Claim.Signature;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _ended)
            return 0;
        if (_chunkLeft == 0)
        {
            await EndChunk(cancellationToken);
            await BeginChunk(cancellationToken);
            if (_chunkLeft == 0)
            {
                await End(cancellationToken);
                return 0;
            }
        }

        return await ReadChunk(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _chunkHash.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask BeginChunk(CancellationToken ct)
    {
        var line = await _source.ReadLine(orEnd: false, ct);
        if (!SigV4Chunks.TryParseHeader(line, out var size, out _chunkSignature) || _chunksSigned != _chunkSignature is not null)
            throw new S3BodyException(S3BodyErrors.Malformed);
        // Refused before a byte of it is read: what was announced is what quotas rely on.
        if (size > _contentLeft)
            throw new S3BodyException(S3BodyErrors.LengthDiffers);
        (_chunkLeft, _inChunk) = (size, true);
        _contentLeft -= size;
    }

    private async ValueTask<int> ReadChunk(Memory<byte> buffer, CancellationToken ct)
    {
        var read = await _source.ReadAsync(ct);
        if (read.Buffer.IsEmpty)
            throw new S3BodyException(S3BodyErrors.Incomplete);
        var count = (int)Math.Min(Math.Min(buffer.Length, _chunkLeft), read.Buffer.Length);
        var taken = read.Buffer.Slice(0, count);
        taken.CopyTo(buffer.Span);
        _source.AdvanceTo(taken.End);
        if (_chunksSigned)
            _chunkHash.AppendData(buffer.Span[..count]);
        _chunkLeft -= count;
        return count;
    }

    private async ValueTask EndChunk(CancellationToken ct)
    {
        if (!_inChunk)
            return;
        if ((await _source.ReadLine(orEnd: false, ct)).Length > 0)
            throw new S3BodyException(S3BodyErrors.Malformed);
        VerifyChunk();
    }

    private void VerifyChunk()
    {
        if (!_chunksSigned)
            return;
        var hash = Convert.ToHexStringLower(_chunkHash.GetHashAndReset());
        Believe(SigV4Chunks.ChunkSignature(_signed.SigningKey, _signed.Claim.Timestamp, _signed.Claim.Scope, _previous, hash), _chunkSignature!);
        _previous = _chunkSignature!;
    }

    private async ValueTask End(CancellationToken ct)
    {
        VerifyChunk();
        if (_contentLeft != 0)
            throw new S3BodyException(S3BodyErrors.LengthDiffers);
        if (_hasTrailers)
            await ReadTrailers(ct);
        else if ((await _source.ReadLine(orEnd: true, ct)).Length > 0)
            throw new S3BodyException(S3BodyErrors.Malformed);
        var rest = await _source.ReadAsync(ct);
        if (!rest.Buffer.IsEmpty)
            throw new S3BodyException(S3BodyErrors.Malformed);
        _source.AdvanceTo(rest.Buffer.End);
        _ended = true;
    }

    private async ValueTask ReadTrailers(CancellationToken ct)
    {
        string? signature = null;
        for (var line = await _source.ReadLine(orEnd: true, ct); line.Length > 0; line = await _source.ReadLine(orEnd: true, ct))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var name = colon > 0 ? line[..colon].ToLowerInvariant() : "";
            var value = line[(colon + 1)..].Trim(' ');
            if (name == "x-amz-trailer-signature" && signature is null)
                signature = value;
            else if (_trailers.Count == TrailersMax || !_announced.Contains(name) || !_trailers.TryAdd(name, value))
                throw new S3BodyException(S3BodyErrors.MalformedTrailer);
        }

        if (_trailers.Count != _announced.Count || (_chunksSigned && signature is null))
            throw new S3BodyException(S3BodyErrors.MalformedTrailer);
        if (_chunksSigned)
            Believe(SigV4Chunks.TrailerSignature(_signed.SigningKey, _signed.Claim.Timestamp, _signed.Claim.Scope, _previous, _trailers), signature!);
    }

    private static void Believe(string right, string given)
    {
        if (!SigV4.FixedTimeEquals(right, given))
            throw new S3BodyException(SigV4Errors.DoesNotMatch("s3"));
    }
}
