using System.Security.Cryptography;

namespace Godwit.Fleet.Images;

/// <summary>
/// The image that is being received: which blocks are still wanted, and the hash of what is there. Blocks are hashed in order; those that come
/// early wait, never more than one request's worth, so that thousands of devices in one process do not hold thousands of images.
/// </summary>
public sealed class ImageDownload : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly Dictionary<int, byte[]> _early = [];
    private readonly byte[] _wanted;
    private readonly byte[] _start = new byte[FirmwareImage.HeaderBytes];
    private int _next;

    public ImageDownload(HashAlgorithmName algorithm, int sizeBytes, int blockBytes)
    {
        _hash = IncrementalHash.CreateHash(algorithm);
        (SizeBytes, BlockBytes) = (sizeBytes, blockBytes);
        BlockCount = (sizeBytes + blockBytes - 1) / blockBytes;
        _wanted = new byte[(BlockCount + 7) / 8];
        for (var i = 0; i < BlockCount; i++)
            _wanted[i >> 3] |= (byte)(1 << (i & 7));
        Left = BlockCount;
    }

    public int SizeBytes { get; }

    public int BlockBytes { get; }

    public int BlockCount { get; }

    /// <summary>How many blocks are still to come.</summary>
    public int Left { get; private set; }

    /// <summary>A bit for each block, least significant first; 1 is still wanted.</summary>
    public ReadOnlyMemory<byte> Wanted => _wanted;

    /// <summary>The lowest block that is still wanted.</summary>
    public int FirstWanted => _next;

    /// <summary>The version in the image's header, once its first block is there.</summary>
    public FirmwareVersion? Version => FirmwareImage.ReadVersion(_start);

    public int BytesOf(int index) => Math.Min(BlockBytes, SizeBytes - index * BlockBytes);

    /// <summary>Takes a block; says whether it was wanted, was there already, or cannot belong to this file.</summary>
    public BlockVerdict Take(int index, ReadOnlySpan<byte> block)
    {
        if (index < 0 || index >= BlockCount || block.Length != BytesOf(index))
            return BlockVerdict.Wrong;
        if ((_wanted[index >> 3] & (1 << (index & 7))) == 0)
            return BlockVerdict.Duplicate;

        _wanted[index >> 3] &= (byte)~(1 << (index & 7));
        Left--;
        if (index == 0)
            block[..Math.Min(block.Length, _start.Length)].CopyTo(_start);
        if (index != _next)
        {
            _early.Add(index, block.ToArray());
            return BlockVerdict.Wanted;
        }
        _hash.AppendData(block);
        for (_next++; _early.Remove(_next, out var waiting); _next++)
            _hash.AppendData(waiting);
        return BlockVerdict.Wanted;
    }

    /// <summary>The hash of the whole image; every block must be there.</summary>
    public byte[] Hash() => Left == 0 ? _hash.GetCurrentHash() : throw new InvalidOperationException($"{Left} blocks are still wanted.");

    public void Dispose() => _hash.Dispose();
}

/// <summary>What became of a block.</summary>
public enum BlockVerdict
{
    Wanted,
    Duplicate,
    Wrong,
}
