namespace Godwit.Core.Streams;

/// <summary>A stretch of a file that answers one block.</summary>
/// <param name="Index">Counted in blocks of the requested size from the file's start.</param>
/// <param name="Offset">In bytes from the file's start.</param>
/// <param name="Length">In bytes; the file's last block may be shorter, and is never padded.</param>
public readonly record struct Block(int Index, long Offset, int Length);

/// <summary>
/// Which blocks answer a GetStream request, in ascending order; enumerating allocates nothing. AWS: MQTT-based file delivery > Get data blocks from a stream.
/// </summary>
public readonly struct BlockPlan
{
    public const int MinBlockSize = 256;

    public const int MaxBlockSize = 131072;

    /// <summary>Payload bytes of all blocks of one answer; what is wanted beyond is dropped in silence and asked for again.</summary>
    public const int MaxReplyBytes = 131072;

    public const int MaxOffset = 98304;

    public const int MaxCount = 98304;

    private readonly ReadOnlyMemory<byte> _bitmap;
    private readonly bool _hasBitmap;
    private readonly long _fileSize;
    private readonly int _first;
    private readonly int _limit;
    private readonly int _blocksInFile;

    private BlockPlan(in BlockRequest request, long fileSize)
    {
        (_fileSize, BlockSize, _first) = (fileSize, (int)request.BlockSize!.Value, (int)(request.Offset ?? 0));
        (_hasBitmap, _bitmap) = (request.HasBitmap, request.Bitmap);
        _blocksInFile = (int)Math.Min(int.MaxValue, (fileSize + BlockSize - 1) / BlockSize);
        // n = 0 beside a bitmap caps nothing: no device can mean "answer me with nothing".
        var asked = request.Count is > 0 and var count ? (int)count : int.MaxValue;
        _limit = Math.Min(asked, MaxReplyBytes / BlockSize);
    }

    public int BlockSize { get; }

    /// <summary>The file and its blocks, or the code with which AWS refuses.</summary>
    public static StreamRejection? For(in BlockRequest request, StreamInfo stream, out StreamFile? file, out BlockPlan plan)
    {
        (file, plan) = (null, default);
        if (CheckShape(request) is { } wrong)
            return wrong;
        if (request.StreamVersion is { } version && version != stream.Version)
            return StreamRejection.VersionMismatch(version, stream.Version);
        file = stream.File(request.FileId!.Value);
        return file is null ? StreamRejection.FileNotFound(stream.StreamId, request.FileId.Value) : For(request, file.Size, out plan);
    }

    /// <summary>As the other, where the file is known.</summary>
    public static StreamRejection? For(in BlockRequest request, long fileSize, out BlockPlan plan)
    {
        plan = default;
        if (CheckShape(request) is { } wrong)
            return wrong;
        plan = new BlockPlan(request, fileSize);
        var blocks = plan.GetEnumerator();
        // A map with bits past the end answers what is there: small agents send four ASCII bytes as their map, even at the last block.
        return blocks.MoveNext() ? null : StreamRejection.OutOfRange;
    }

    public Enumerator GetEnumerator() => new(this);

    /// <summary>How many blocks the answer holds; walks the plan.</summary>
    public int CountBlocks()
    {
        var count = 0;
        foreach (var _ in this)
            count++;
        return count;
    }

    private static StreamRejection? CheckShape(in BlockRequest request)
    {
        if (StreamRejection.CheckClientToken(request.ClientToken) is { } token)
            return token;
        if (request.FileId is not (>= 0 and <= StreamFile.MaxFileId))
            return StreamRejection.InvalidRequest("The file id (f) must be given, between 0 and 255.");
        if (request.BlockSize is null)
            return StreamRejection.InvalidRequest("The block size (l) must be given, between 256 and 131072 bytes.");
        if (request.BlockSize is not (>= MinBlockSize and <= MaxBlockSize))
            return new StreamRejection("BlockSizeOutOfBounds", $"The block size (l) {request.BlockSize} is not between {MinBlockSize} and {MaxBlockSize} bytes.");
        if (request.Offset is not (null or (>= 0 and <= MaxOffset)))
            return new StreamRejection("OffsetOutOfBounds", $"The block offset (o) {request.Offset} is not between 0 and {MaxOffset}.");
        if (request.Count is not (null or (>= 0 and <= MaxCount)))
            return new StreamRejection("BlockCountLimitExceeded", $"The block count (n) {request.Count} is not between 0 and {MaxCount}.");
        if (request.HasBitmap && request.Bitmap.Length >= BlockBitmap.LimitBytes)
            return new StreamRejection("BlockBitmapLimitExceeded", $"The block bitmap (b) must be shorter than {BlockBitmap.LimitBytes} bytes.");
        return request is { Count: 0, HasBitmap: false }
            ? StreamRejection.InvalidRequest("The block count (n) is 0 and there is no bitmap (b): no block is asked for.")
            : null;
    }

    public struct Enumerator
    {
        private readonly BlockPlan _plan;
        private int _next;
        private int _left;

        internal Enumerator(in BlockPlan plan)
        {
            _plan = plan;
            _left = plan._limit;
            Current = default;
        }

        public Block Current { get; private set; }

        public bool MoveNext()
        {
            if (_left == 0)
                return false;
            var step = _plan._hasBitmap ? BlockBitmap.NextSet(_plan._bitmap.Span, _next) : _next;
            var index = _plan._first + step;
            if (step < 0 || index >= _plan._blocksInFile)
            {
                _left = 0;
                return false;
            }

            _left--;
            _next = step + 1;
            var offset = (long)index * _plan.BlockSize;
            Current = new Block(index, offset, (int)Math.Min(_plan.BlockSize, _plan._fileSize - offset));
            return true;
        }
    }
}
