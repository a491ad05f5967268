namespace Godwit.Mqtt.Packets;

public sealed record ConnectPacket
{
    public required ProtocolLevel Level { get; init; }
    public required string ClientId { get; init; }

    /// <summary>Clean Session at level 4, Clean Start at level 5.</summary>
    public required bool CleanStart { get; init; }

    public ushort KeepAliveSeconds { get; init; }
    public Will? Will { get; init; }
    public string? UserName { get; init; }
    public byte[]? Password { get; init; }
    public Properties? Properties { get; init; }
}
