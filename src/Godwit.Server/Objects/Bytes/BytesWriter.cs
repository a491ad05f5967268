using Godwit.Core.Objects;

namespace Godwit.Server.Objects.Bytes;

/// <summary>
/// One write of object bytes. <see cref="Finish"/> returns once they are on disk; until this is disposed nothing collects them,
/// so dispose it only after the transaction that refers to them has completed.
/// </summary>
public abstract class BytesWriter : IAsyncDisposable
{
    /// <summary>How many bytes were appended so far.</summary>
    public long SizeBytes { get; protected set; }

    public abstract ValueTask Append(ReadOnlyMemory<byte> bytes, CancellationToken ct);

    /// <summary>Makes the bytes durable under their name.</summary>
    public abstract Task<BytesId> Finish(CancellationToken ct);

    public abstract ValueTask DisposeAsync();
}
