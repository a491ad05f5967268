namespace Godwit.Bench.Blocks;

/// <summary>What one request asks for: so many blocks of such a size, over plain TCP or TLS.</summary>
public sealed record BlockShape(string Name, int BlockBytes, int BlocksPerRequest, bool Tls)
{
    public static readonly IReadOnlyList<BlockShape> All =
    [
        new("plain 4 KiB", 4096, 1, Tls: false),
        new("plain 64 KiB", 65536, 1, Tls: false),
        new("plain 8 x 4 KiB", 4096, 8, Tls: false),
        new("TLS 4 KiB", 4096, 1, Tls: true),
        new("TLS 64 KiB", 65536, 1, Tls: true),
    ];

    public int RequestBytes => BlockBytes * BlocksPerRequest;
}
