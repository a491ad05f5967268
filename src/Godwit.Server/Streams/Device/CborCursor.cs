using System.Buffers.Binary;
using System.Text.Unicode;

namespace Godwit.Server.Streams.Device;

/// <summary>
/// Walks CBOR (RFC 8949) in place. Every step either moves forward or fails, so hostile input costs no more than its length; nothing is thrown.
/// </summary>
internal ref struct CborCursor(ReadOnlySpan<byte> data)
{
    public const int UnsignedInteger = 0, NegativeInteger = 1, ByteString = 2, TextString = 3, Array = 4, Map = 5, Tag = 6, Simple = 7;

    private const int DepthMax = 16;
    private const ulong Null = 22, Undefined = 23;

    private readonly ReadOnlySpan<byte> _data = data;

    public int At { get; private set; }

    /// <summary>The head of the next item: its type, its value or length, and whether its length is left open.</summary>
    public bool TryHead(out int major, out ulong value, out bool isOpen)
    {
        (major, value, isOpen) = (0, 0, false);
        if (At >= _data.Length)
            return false;
        var first = _data[At++];
        (major, var info) = (first >> 5, first & 0x1F);
        if (info < 24)
        {
            value = (ulong)info;
            return true;
        }
        if (info == 31)
        {
            isOpen = true;
            return major is ByteString or TextString or Array or Map or Simple;
        }
        if (info > 27)
            return false;
        var size = 1 << (info - 24);
        if (_data.Length - At < size)
            return false;
        value = size switch
        {
            1 => _data[At],
            2 => BinaryPrimitives.ReadUInt16BigEndian(_data[At..]),
            4 => BinaryPrimitives.ReadUInt32BigEndian(_data[At..]),
            _ => BinaryPrimitives.ReadUInt64BigEndian(_data[At..]),
        };
        At += size;
        return true;
    }

    /// <summary>Whether the next byte ends an item of open length; steps over it if so.</summary>
    public bool TryBreak()
    {
        if (At >= _data.Length || _data[At] != 0xFF)
            return false;
        At++;
        return true;
    }

    /// <summary>An integer, clipped to the range of a long; null where the item is null or undefined.</summary>
    public bool TryInteger(out long? number)
    {
        number = null;
        if (!TryUntaggedHead(out var major, out var value, out var isOpen) || isOpen)
            return false;
        var clipped = (long)Math.Min(value, long.MaxValue);
        switch (major)
        {
            case UnsignedInteger:
                number = clipped;
                return true;
            case NegativeInteger:
                number = -1 - clipped;
                return true;
            default:
                return major == Simple && value is Null or Undefined;
        }
    }

    /// <summary>
    /// A text or byte string as a stretch of the input; strings sent in chunks are joined into <paramref name="joined"/> instead.
    /// <paramref name="isNull"/> where the item is null or undefined.
    /// </summary>
    public bool TryString(int wanted, out Range stretch, out byte[]? joined, out bool isNull)
    {
        (stretch, joined, isNull) = (default, null, false);
        if (!TryUntaggedHead(out var major, out var length, out var isOpen))
            return false;
        isNull = major == Simple && !isOpen && length is Null or Undefined;
        if (isNull)
            return true;
        if (major != wanted)
            return false;
        if (!isOpen)
            return TryTake(length, out stretch) && IsText(wanted, _data[stretch]);

        var all = new List<byte>();
        while (!TryBreak())
        {
            // [RFC 8949 3.2.3] Each chunk has the same type and a length of its own.
            if (!TryHead(out var chunkMajor, out var chunkLength, out var chunkIsOpen) || chunkMajor != wanted || chunkIsOpen
                || !TryTake(chunkLength, out var chunk) || !IsText(wanted, _data[chunk]))
                return false;
            all.AddRange(_data[chunk]);
        }
        joined = [.. all];
        return true;
    }

    /// <summary>Steps over one item with all that it holds.</summary>
    public bool TrySkip(int depth = 0)
    {
        if (depth > DepthMax || !TryUntaggedHead(out var major, out var value, out var isOpen))
            return false;
        switch (major)
        {
            case ByteString or TextString when !isOpen:
                return TryTake(value, out _);
            case Array or Map or ByteString or TextString:
                if (isOpen)
                    return TrySkipUntilBreak(depth);
                // Each member is at least one byte long: a length past the end fails before it is counted down.
                var items = major == Map ? (UInt128)value * 2 : value;
                if (items > (UInt128)(_data.Length - At))
                    return false;
                for (var i = 0; i < (int)items; i++)
                {
                    if (!TrySkip(depth + 1))
                        return false;
                }
                return true;
            default:
                // An end without a beginning is no item.
                return !isOpen;
        }
    }

    private bool TrySkipUntilBreak(int depth)
    {
        while (!TryBreak())
        {
            if (!TrySkip(depth + 1))
                return false;
        }
        return true;
    }

    private bool TryUntaggedHead(out int major, out ulong value, out bool isOpen)
    {
        do
        {
            if (!TryHead(out major, out value, out isOpen))
                return false;
        }
        while (major == Tag);
        return true;
    }

    private bool TryTake(ulong length, out Range stretch)
    {
        stretch = default;
        if (length > (ulong)(_data.Length - At))
            return false;
        stretch = At..(At + (int)length);
        At += (int)length;
        return true;
    }

    private static bool IsText(int major, ReadOnlySpan<byte> bytes) => major != TextString || Utf8.IsValid(bytes);
}
