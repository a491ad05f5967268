using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt.Tests.Packets;

/// <summary>
/// One row of the table: bytes at a level from a side, and either the packet that they are (given as what writes it) or the reason
/// for which they are refused.
/// </summary>
public sealed record PacketCase(string Name, ProtocolLevel Level, PacketSource From, byte[] Bytes)
{
    public Action<PooledBuffer>? Write { get; init; }

    /// <summary>False for bytes that are right and longer than the form that we write.</summary>
    public bool IsShortestForm { get; init; } = true;

    public ReasonCode Refusal { get; init; }

    /// <summary>A reader as it stands when these bytes arrive: behind a CONNECT, unless they are one.</summary>
    public PacketReader Reader()
    {
        var fresh = From == PacketSource.Client && Bytes.Length > 0 && Bytes[0] >> 4 == (int)PacketType.Connect;
        return new PacketReader(From, fresh ? ProtocolLevel.None : Level, PacketLimits.Default);
    }

    public override string ToString() => $"{Level} {Name}";
}
