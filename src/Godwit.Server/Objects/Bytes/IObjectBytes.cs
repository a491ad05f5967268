using Godwit.Core.Objects;

namespace Godwit.Server.Objects.Bytes;

/// <summary>Where the bytes of objects lie: named by their SHA-256, written once, never changed.</summary>
public interface IObjectBytes
{
    /// <summary>Begins a write of unknown length; nothing is kept unless it is finished.</summary>
    BytesWriter Create();

    /// <summary>
    /// All of the bytes as memory, verified against their name when first asked for; after that, without allocation and without waiting.
    /// The memory stays readable as long as anything refers to it, even after the lease; the lease only keeps it from being let go early.
    /// </summary>
    /// <exception cref="DamagedBytesException">The bytes are missing or are not the ones that were stored.</exception>
    /// <exception cref="ArgumentOutOfRangeException">They are more than <see cref="MapBytesMax"/>.</exception>
    ValueTask<BytesLease> Map(BytesId id, CancellationToken ct);

    /// <summary>The most that <see cref="Map"/> gives as one memory.</summary>
    long MapBytesMax { get; }

    /// <summary>
    /// Reads a stretch of any size. All of the bytes in order are verified on the way, and damage is thrown before the last of them is given;
    /// a part is given only once the whole has been verified.
    /// </summary>
    /// <exception cref="DamagedBytesException">As for <see cref="Map"/>.</exception>
    ValueTask<Stream> OpenRead(BytesId id, ByteRange range, CancellationToken ct);

    /// <summary>
    /// Removes the bytes that neither a writer holds nor <paramref name="isReferenced"/> knows. Answers how many.
    /// </summary>
    Task<int> Collect(Func<BytesId, bool> isReferenced, CancellationToken ct);
}

/// <summary>Stored bytes that are missing or changed; once found they are not served again as good.</summary>
public sealed class DamagedBytesException(BytesId id, string why) : IOException($"Object bytes {id} are damaged: {why}. Restore them from a backup, or upload the object again.")
{
    public BytesId Id => id;
}
