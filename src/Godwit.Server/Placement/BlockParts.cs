namespace Godwit.Server.Placement;

/// <summary>Parts of a file: one for each block, or <see cref="Max"/> even parts of a larger file. A value that allocates nothing.</summary>
public struct BlockParts
{
    public const int Max = 256;

    private ulong _a, _b, _c, _d;

    /// <summary>How many parts a file of so many blocks has.</summary>
    public static int Count(int blocksInFile) => Math.Min(Max, blocksInFile);

    public void Mark(int block, int blocksInFile)
    {
        var part = blocksInFile <= Max ? block : (int)((long)block * Max / blocksInFile);
        var bit = 1UL << (part & 63);
        switch (part >> 6)
        {
            case 0: _a |= bit; break;
            case 1: _b |= bit; break;
            case 2: _c |= bit; break;
            case 3: _d |= bit; break;
        }
    }

    public readonly bool Has(int part) => ((part >> 6) switch { 0 => _a, 1 => _b, 2 => _c, _ => _d } >> (part & 63) & 1) != 0;

    public static BlockParts operator |(BlockParts x, BlockParts y) => new() { _a = x._a | y._a, _b = x._b | y._b, _c = x._c | y._c, _d = x._d | y._d };

    public static BlockParts operator &(BlockParts x, BlockParts y) => new() { _a = x._a & y._a, _b = x._b & y._b, _c = x._c & y._c, _d = x._d & y._d };
}
