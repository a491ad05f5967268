namespace Godwit.Server.Objects.Bytes;

/// <summary>Mapped bytes in use; dispose it, or <see cref="Owner"/>, once when done.</summary>
public readonly struct BytesLease : IDisposable
{
    private readonly MappedBytes _mapped;

    /// <summary>Takes over one use that the caller has counted.</summary>
    internal BytesLease(MappedBytes mapped) => _mapped = mapped;

    public ReadOnlyMemory<byte> Memory => _mapped.Memory;

    /// <summary>This lease as a reference, to be handed on without boxing: disposing it ends the lease.</summary>
    public IDisposable Owner => _mapped;

    public void Dispose() => _mapped.Release();
}
