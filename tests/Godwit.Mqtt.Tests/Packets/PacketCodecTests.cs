using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt.Tests.Packets;

public sealed class PacketCodecTests
{
    [Theory]
    [MemberData(nameof(PacketTable.GoodRows), MemberType = typeof(PacketTable))]
    public void A_packet_is_read_in_full_and_written_as_the_same_bytes(int row)
    {
        var it = PacketTable.Good[row];
        var status = it.Reader().Read(it.Bytes, out var packet, out var consumed, out var refusal);

        Assert.Equal((ReadStatus.Packet, ReasonCode.Success), (status, refusal));
        Assert.Equal(it.Bytes.Length, consumed);
        if (!it.IsShortestForm)
            return;

        Assert.Equal(Convert.ToHexString(it.Bytes), Convert.ToHexString(PacketEcho.Write(it.Level, packet)));
        using var output = new PooledBuffer();
        it.Write!(output);
        Assert.Equal(Convert.ToHexString(it.Bytes), Convert.ToHexString(output.WrittenSpan));
    }

    [Theory]
    [MemberData(nameof(PacketTable.GoodRows), MemberType = typeof(PacketTable))]
    public void Every_beginning_of_a_packet_waits_for_more(int row)
    {
        var it = PacketTable.Good[row];
        var reader = it.Reader();
        for (var length = 0; length < it.Bytes.Length; length++)
        {
            var status = reader.Read(it.Bytes.AsMemory(0, length), out _, out var consumed, out var refusal);
            Assert.Equal((ReadStatus.NeedMore, 0, ReasonCode.Success), (status, consumed, refusal));
        }

        byte[] twice = [.. it.Bytes, .. it.Bytes];
        Assert.Equal(ReadStatus.Packet, reader.Read(twice, out _, out var first, out _));
        Assert.Equal(it.Bytes.Length, first);
    }

    [Theory]
    [MemberData(nameof(PacketTable.BadRows), MemberType = typeof(PacketTable))]
    public void What_no_packet_can_be_is_refused_with_its_reason(int row)
    {
        var it = PacketTable.Bad[row];
        var status = it.Reader().Read(it.Bytes, out _, out _, out var refusal);
        Assert.Equal((ReadStatus.Refused, it.Refusal), (status, refusal));
    }

    [Theory]
    [MemberData(nameof(PacketTable.BadRows), MemberType = typeof(PacketTable))]
    public void What_is_refused_in_the_end_is_never_taken_before(int row)
    {
        var it = PacketTable.Bad[row];
        var reader = it.Reader();
        for (var length = 0; length < it.Bytes.Length; length++)
            Assert.NotEqual(ReadStatus.Packet, reader.Read(it.Bytes.AsMemory(0, length), out _, out _, out _));
    }

    [Fact]
    public void A_length_is_refused_as_soon_as_it_is_known()
    {
        var reader = new PacketReader(PacketSource.Client, ProtocolLevel.None, PacketLimits.Default with { PacketBytesMax = 8192 });
        byte[] lie = [0x10, 0xFF, 0xFF, 0xFF, 0x7F];
        Assert.Equal(ReadStatus.NeedMore, reader.Read(lie.AsMemory(0, 4), out _, out _, out _));
        Assert.Equal(ReadStatus.Refused, reader.Read(lie, out _, out _, out var refusal));
        Assert.Equal(ReasonCode.PacketTooLarge, refusal);
    }

    [Fact]
    public void Nothing_but_CONNECT_comes_first_and_no_second_one_later_MQTT_3_1_0()
    {
        var connect = PacketTable.Good[0].Bytes;
        var reader = new PacketReader(PacketSource.Client, ProtocolLevel.None, PacketLimits.Default);
        Assert.Equal(ReadStatus.Refused, reader.Read(new byte[] { 0x30 }, out _, out _, out _));
        Assert.Equal(ReadStatus.Packet, reader.Read(connect, out _, out _, out _));
        Assert.Equal(ProtocolLevel.V311, reader.Level);
        Assert.Equal(ReadStatus.Refused, reader.Read(connect, out _, out _, out var refusal));
        Assert.Equal(ReasonCode.ProtocolError, refusal);
    }

    [Fact]
    public void Reading_a_publish_allocates_nothing()
    {
        var it = PacketTable.Good.Single(row => row.Name == "PUBLISH QoS 1 retained again");
        var reader = it.Reader();
        ReadOnlyMemory<byte> bytes = it.Bytes;
        for (var i = 0; i < 1000; i++)
            reader.Read(bytes, out _, out _, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            reader.Read(bytes, out _, out _, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
