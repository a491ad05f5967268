using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Godwit.Mqtt.Packets;

/// <summary>A growing byte buffer on the shared array pool. One owner; <see cref="Dispose"/> gives the array back.</summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] array = [];

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Written => array.AsMemory(0, Count);

    public Span<byte> WrittenSpan => array.AsSpan(0, Count);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(array.Length - Count), nameof(count));
        Count += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return array.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return array.AsSpan(Count);
    }

    public void Clear() => Count = 0;

    /// <summary>Forgets everything after the first <paramref name="count"/> bytes.</summary>
    public void Truncate(int count) => Count = Math.Min(Count, count);

    public void Dispose()
    {
        var old = array;
        array = [];
        Count = 0;
        if (old.Length > 0)
            ArrayPool<byte>.Shared.Return(old);
    }

    internal Span<byte> Put(int count)
    {
        Grow(count);
        var span = array.AsSpan(Count, count);
        Count += count;
        return span;
    }

    internal void PutByte(byte value) => Put(1)[0] = value;

    internal void PutUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Put(2), value);

    internal void PutUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Put(4), value);

    internal void PutBytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Put(bytes.Length));

    internal void PutVarInt(uint value) => Put(VarIntBytes(value), value);

    internal void PutBinary(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, ushort.MaxValue, nameof(bytes));
        PutUInt16((ushort)bytes.Length);
        PutBytes(bytes);
    }

    internal void PutString(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ushort.MaxValue, nameof(text));
        PutUInt16((ushort)length);
        Encoding.UTF8.GetBytes(text, Put(length));
    }

    /// <summary>
    /// Writes the length of what follows <paramref name="gap"/> reserved bytes at <paramref name="start"/> and closes the gap.
    /// </summary>
    internal void PutLengthInGap(int start, int gap, uint length)
    {
        var used = VarIntBytes(length);
        if (used > gap)
            Put(used - gap);
        else
            Count -= gap - used;

        var tail = Count - start - used;
        array.AsSpan(start + gap, tail).CopyTo(array.AsSpan(start + used, tail));
        WriteVarInt(array.AsSpan(start, used), length);
    }

    internal static int VarIntBytes(uint value) => value switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        < 1 << 21 => 3,
        < 1 << 28 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "A variable byte integer ends at 268,435,455."),
    };

    private void Put(int bytes, uint value) => WriteVarInt(Put(bytes), value);

    private static void WriteVarInt(Span<byte> span, uint value)
    {
        for (var i = 0; i < span.Length; i++, value >>= 7)
            span[i] = (byte)((value & 0x7F) | (i < span.Length - 1 ? 0x80u : 0));
    }

    private void Grow(int more)
    {
        if (array.Length - Count >= more)
            return;

        var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(Count + more, Math.Max(256, array.Length * 2)));
        array.AsSpan(0, Count).CopyTo(bigger);
        if (array.Length > 0)
            ArrayPool<byte>.Shared.Return(array);
        array = bigger;
    }
}
