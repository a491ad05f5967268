using Godwit.Core.Streams;

namespace Godwit.Server.Streams.Device;

internal enum RequestMember
{
    Unknown,
    ClientToken,
    StreamVersion,
    FileId,
    BlockSize,
    Offset,
    Count,
    Bitmap,
}

/// <summary>The names of a request's members, in both spellings. AWS: MQTT-based file delivery > GetStream request.</summary>
internal static class RequestMembers
{
    public static readonly StreamRejection TokenTooLong =
        StreamRejection.InvalidRequest($"The client token (c) must not be longer than {StreamRejection.MaxClientTokenBytes} bytes.");

    public static RequestMember Find(ReadOnlySpan<byte> name) => name switch
    {
        [(byte)'c'] => RequestMember.ClientToken,
        [(byte)'s'] => RequestMember.StreamVersion,
        [(byte)'f'] => RequestMember.FileId,
        [(byte)'l'] => RequestMember.BlockSize,
        [(byte)'o'] => RequestMember.Offset,
        [(byte)'n'] => RequestMember.Count,
        [(byte)'b'] => RequestMember.Bitmap,
        _ => FindLong(name),
    };

    public static BlockRequest With(in BlockRequest request, RequestMember member, long? number) => member switch
    {
        RequestMember.StreamVersion => request with { StreamVersion = number },
        RequestMember.FileId => request with { FileId = number },
        RequestMember.BlockSize => request with { BlockSize = number },
        RequestMember.Offset => request with { Offset = number },
        RequestMember.Count => request with { Count = number },
        _ => throw new ArgumentOutOfRangeException(nameof(member), member, null),
    };

    private static RequestMember FindLong(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("clientToken"u8) ? RequestMember.ClientToken
        : name.SequenceEqual("streamVersion"u8) ? RequestMember.StreamVersion
        : name.SequenceEqual("fileId"u8) ? RequestMember.FileId
        : name.SequenceEqual("blockSize"u8) ? RequestMember.BlockSize
        : name.SequenceEqual("blockOffset"u8) ? RequestMember.Offset
        : name.SequenceEqual("numberOfBlocks"u8) ? RequestMember.Count
        : name.SequenceEqual("blockBitmap"u8) ? RequestMember.Bitmap
        : RequestMember.Unknown;
}
