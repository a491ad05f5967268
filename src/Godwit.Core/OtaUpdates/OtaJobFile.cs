namespace Godwit.Core.OtaUpdates;

/// <summary>A file as the job document tells devices of it.</summary>
/// <param name="FilePath">Its path on the device; null is sent as null.</param>
/// <param name="FileSize">In bytes, of the image that is served.</param>
/// <param name="FileId">Its number in the stream.</param>
/// <param name="CertFile">The path of the signer's certificate on the device; null is sent as null.</param>
/// <param name="FileType">0 to 255; left out if unset, since agents in the field fail on a null.</param>
/// <param name="Bucket">Where the image lies, for the URL.</param>
/// <param name="Version">The object version that the URL must serve, or null for the newest.</param>
/// <param name="Signature">Null for an unsigned file.</param>
public sealed record OtaJobFile(
    string? FilePath, long FileSize, int FileId, string? CertFile, int? FileType, string Bucket, string Key, string? Version, OtaFileSignature? Signature);
