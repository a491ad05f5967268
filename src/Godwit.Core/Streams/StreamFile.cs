namespace Godwit.Core.Streams;

/// <summary>One file of a stream, pinned when the stream was made. AWS: MQTT-based file delivery > CreateStream.</summary>
/// <param name="FileId">0 to 255, unique in its stream.</param>
/// <param name="Version">The object version that is served, or null for an unversioned bucket's current object.</param>
/// <param name="Size">In bytes, as found when the stream was made.</param>
/// <param name="ETag">As found when the stream was made; a block is refused with ETagMismatch once the object's differs.</param>
public sealed record StreamFile(int FileId, string Bucket, string Key, string? Version, long Size, string ETag)
{
    public const int MaxFileId = 255;
}
