using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Godwit.Bench.Servers;

namespace Godwit.Bench.Blocks;

/// <summary>Fetches bytes from <see cref="RawTcpServer"/>.</summary>
public sealed class RawClient(Stream stream, BlockShape shape, byte[] image) : BlockClient(stream, shape, image)
{
    private readonly byte[] _request = new byte[RawTcpServer.RequestBytes];
    private readonly byte[] _buffer = new byte[shape.RequestBytes];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask Fetch(int firstBlock, bool compare)
    {
        var offset = firstBlock * Shape.BlockBytes;
        BinaryPrimitives.WriteInt32LittleEndian(_request, offset);
        BinaryPrimitives.WriteInt32LittleEndian(_request.AsSpan(4), Shape.RequestBytes);
        await Stream.WriteAsync(_request).ConfigureAwait(false);
        for (var filled = 0; filled < _buffer.Length;)
        {
            var read = await Stream.ReadAsync(_buffer.AsMemory(filled)).ConfigureAwait(false);
            if (read == 0)
                throw new IOException("The server closed the connection in the middle of an answer.");
            filled += read;
        }
        if (compare)
            Compare(_buffer, offset);
    }
}
