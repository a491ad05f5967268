using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Godwit.Bench.Blocks;

/// <summary>Fetches the same bytes as HTTP ranges over a connection that stays open.</summary>
public sealed class HttpRangeClient(Stream stream, BlockShape shape, byte[] image) : BlockClient(stream, shape, image)
{
    private readonly byte[] _request = new byte[128];
    private readonly byte[] _buffer = new byte[shape.RequestBytes + 4096];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask Fetch(int firstBlock, bool compare)
    {
        var offset = firstBlock * Shape.BlockBytes;
        await Stream.WriteAsync(_request.AsMemory(0, Write(offset))).ConfigureAwait(false);
        var (filled, head) = (0, 0);
        while (head == 0 || filled < head + Shape.RequestBytes)
        {
            var read = await Stream.ReadAsync(_buffer.AsMemory(filled)).ConfigureAwait(false);
            if (read == 0)
                throw new IOException("The server closed the connection in the middle of an answer.");
            filled += read;
            if (head == 0)
                head = HeadLength(_buffer.AsSpan(0, filled));
        }
        if (filled != head + Shape.RequestBytes)
            throw new IOException($"{filled - head} bytes came instead of {Shape.RequestBytes}.");
        if (compare)
            Compare(_buffer.AsSpan(head, Shape.RequestBytes), offset);
    }

    private int Write(int offset)
    {
        var start = "GET /image.bin HTTP/1.1\r\nHost: localhost\r\nRange: bytes="u8;
        start.CopyTo(_request);
        var at = start.Length;
        Utf8Formatter.TryFormat(offset, _request.AsSpan(at), out var digits);
        at += digits;
        _request[at++] = (byte)'-';
        Utf8Formatter.TryFormat(offset + Shape.RequestBytes - 1, _request.AsSpan(at), out digits);
        at += digits;
        "\r\n\r\n"u8.CopyTo(_request.AsSpan(at));
        return at + 4;
    }

    private static int HeadLength(ReadOnlySpan<byte> got)
    {
        var end = got.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return 0;
        return got.StartsWith("HTTP/1.1 206"u8) ? end + 4 : throw new IOException("The server did not answer with a range.");
    }
}
