using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Server.Objects.Bytes;

/// <summary>
/// A whole file as memory. The view is let go by the finalizer of its handle, that is, when neither the cache nor any
/// <see cref="ReadOnlyMemory{T}"/> refers to it: memory that waits in a connection's outbox can never be pulled from under it.
/// </summary>
internal sealed class MappedBytes : MemoryManager<byte>
{
    private readonly SafeMemoryMappedViewHandle? _view;
    private readonly nint _start;
    private readonly int _length;
    private int _uses;

    public MappedBytes(string path, long sizeBytes)
    {
        _length = checked((int)sizeBytes);
        if (_length == 0)
            return;
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        var accessor = file.CreateViewAccessor(0, _length, MemoryMappedFileAccess.Read);
        _view = accessor.SafeMemoryMappedViewHandle;
        _start = _view.DangerousGetHandle() + (nint)accessor.PointerOffset;
    }

    public int SizeBytes => _length;

    /// <summary>Leases that are out.</summary>
    public int Uses => Volatile.Read(ref _uses);

    /// <summary>When it was last asked for, in the cache's own count.</summary>
    public long LastUse { get; set; }

    public BytesLease Lease()
    {
        Interlocked.Increment(ref _uses);
        return new BytesLease(this);
    }

    public void Release() => Interlocked.Decrement(ref _uses);

    public override unsafe Span<byte> GetSpan() => new((void*)_start, _length);

    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
        // The handle keeps this object, and with it the view, alive.
        return new MemoryHandle((byte*)_start + elementIndex, default, this);
    }

    public override void Unpin()
    {
    }

    /// <summary>Ends one lease. Nothing is unmapped by hand: see the summary.</summary>
    protected override void Dispose(bool disposing) => Release();
}
