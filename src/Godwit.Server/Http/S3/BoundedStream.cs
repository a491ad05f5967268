using Godwit.Core;
using Godwit.Server.Objects.S3;

namespace Godwit.Server.Http.S3;

/// <summary>A body whose length was promised to lie between two bounds; found out while it is read, before its end is given.</summary>
internal sealed class BoundedStream(Stream inner, long least, long most) : ForwardStream
{
    private long _count;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        _count += read;
        if (_count > most)
            throw new S3BodyException(new ServiceError(
                "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size", new Dictionary<string, string> { ["MaxSizeAllowed"] = $"{most}" }));
        if (read == 0 && !buffer.IsEmpty && _count < least)
            throw new S3BodyException(new ServiceError(
                "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size", new Dictionary<string, string> { ["MinSizeAllowed"] = $"{least}" }));
        return read;
    }
}
