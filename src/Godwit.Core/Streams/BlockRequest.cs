namespace Godwit.Core.Streams;

/// <summary>
/// A GetStream request as decoded, nothing checked yet; numbers are wide so that a hostile one is refused by the rule instead of cut off by the reader.
/// AWS: MQTT-based file delivery > Get data blocks from a stream.
/// </summary>
/// <param name="ClientToken"><c>c</c>: at most 64 bytes, echoed.</param>
/// <param name="StreamVersion"><c>s</c>: if given it must be the stream's current version.</param>
/// <param name="FileId"><c>f</c></param>
/// <param name="BlockSize"><c>l</c>: 256 to 131072 bytes.</param>
/// <param name="Offset"><c>o</c>: the block, counted in blocks of <paramref name="BlockSize"/>, at which the bitmap or the run starts; 0 if absent.</param>
/// <param name="Count"><c>n</c>: how many blocks, or with a bitmap how many of its blocks at most.</param>
/// <param name="HasBitmap">Whether <c>b</c> was there at all; an empty map asks for nothing, an absent one for a run of blocks.</param>
/// <param name="Bitmap"><c>b</c>: which blocks, see <see cref="BlockBitmap"/>.</param>
public readonly record struct BlockRequest(
    string? ClientToken,
    long? StreamVersion,
    long? FileId,
    long? BlockSize,
    long? Offset,
    long? Count,
    bool HasBitmap,
    ReadOnlyMemory<byte> Bitmap);
