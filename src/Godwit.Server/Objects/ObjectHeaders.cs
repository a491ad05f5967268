using System.Text;
using Godwit.Core;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects;

/// <summary>Rules on what stands beside an object's bytes.</summary>
public static class ObjectHeaders
{
    public const string DefaultContentType = "binary/octet-stream";

    /// <summary>AWS: S3 > user-defined metadata is limited to 2 KB, names and values in UTF-8.</summary>
    public const int MetadataBytesMax = 2048;

    /// <summary>The standard headers that are kept with an object and given back.</summary>
    public static IReadOnlyList<string> Kept { get; } =
        ["Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"];

    public static ServiceError? CheckKey(string key)
    {
        if (!ObjectKey.IsText(key))
            return S3Errors.InvalidUri;
        return ObjectKey.Utf8Bytes(key) is > ObjectKey.Utf8BytesMax and var size ? S3Errors.KeyTooLong(size) : null;
    }

    public static ServiceError? CheckMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        var size = metadata.Sum(m => Encoding.UTF8.GetByteCount(m.Key) + Encoding.UTF8.GetByteCount(m.Value));
        return size > MetadataBytesMax ? S3Errors.MetadataTooLarge(size, MetadataBytesMax) : null;
    }
}
