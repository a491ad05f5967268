using System.Buffers.Binary;

namespace Godwit.Core.Objects;

/// <summary>CRC-64/NVME (reflected polynomial 0x9A6C9329AC4BC9B5), eight bytes a step.</summary>
public struct Crc64Nvme()
{
    private static readonly ulong[][] Tables = MakeTables();

    private ulong _state = ulong.MaxValue;

    public readonly ulong Value => ~_state;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var x = state ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            state = Tables[7][x & 255] ^ Tables[6][(x >> 8) & 255] ^ Tables[5][(x >> 16) & 255] ^ Tables[4][(x >> 24) & 255]
                ^ Tables[3][(x >> 32) & 255] ^ Tables[2][(x >> 40) & 255] ^ Tables[1][(x >> 48) & 255] ^ Tables[0][x >> 56];
        }
        foreach (var b in bytes)
            state = Tables[0][(state ^ b) & 255] ^ (state >> 8);
        _state = state;
    }

    private static ulong[][] MakeTables()
    {
        var tables = new ulong[8][];
        tables[0] = new ulong[256];
        for (var i = 0; i < 256; i++)
        {
            var value = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ 0x9A6C9329AC4BC9B5 : value >> 1;
            tables[0][i] = value;
        }
        for (var t = 1; t < 8; t++)
        {
            tables[t] = new ulong[256];
            for (var i = 0; i < 256; i++)
                tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 255];
        }
        return tables;
    }
}
