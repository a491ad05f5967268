using System.Net.Sockets;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Mqtt.Tests;

/// <summary>Tests that count the whole process's allocations run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>The hot path: a request of a device is answered with a block that lies in a cache.</summary>
[Collection(nameof(Alone))]
public sealed class BlockSendingTests
{
    [Theory]
    [InlineData(4096, 64)]
    [InlineData(65_536, 256)]
    public async Task A_request_and_its_block_allocate_next_to_nothing_whatever_the_block(int blockBytes, int bytesMax)
    {
        const int Warm = 3000;
        const int Measured = 3000;
        var image = GC.AllocateUninitializedArray<byte>(blockBytes, pinned: true);
        await using var under = await BrokerUnderTest.Start();
        under.Host.Handle = (IConnection connection, in IncomingPublish _) =>
        {
            connection.TrySend("t/data"u8, "prefix"u8, image, "suffix"u8, QoS.AtMostOnce);
            return PublishHandling.Done(route: true);
        };
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(under.EndPoint);
        using var request = new PooledBuffer();
        PacketWriter.Connect(request, new ConnectPacket { Level = ProtocolLevel.V311, ClientId = "d1", CleanStart = true });
        var buffer = new byte[blockBytes + 64];
        Exchange(socket, request.Written, buffer, answerBytes: 4);
        request.Clear();
        PacketWriter.Publish(request, ProtocolLevel.V311, new PublishPacket { TopicUtf8 = "t/get"u8.ToArray(), Payload = new byte[30] });
        var answerBytes = 1 + (blockBytes > 16_000 ? 3 : 2) + 2 + 6 + 6 + blockBytes + 6;

        // The client is synchronous and reuses one buffer: what is allocated is the broker's.
        for (var i = 0; i < Warm; i++)
            Exchange(socket, request.Written, buffer, answerBytes);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Measured; i++)
            Exchange(socket, request.Written, buffer, answerBytes);
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Measured;

        TestContext.Current.SendDiagnosticMessage("{0} bytes allocated for each {1}-byte block", each, blockBytes);
        Assert.True(each < bytesMax, $"{each} bytes for each block of {blockBytes}");
    }

    private static void Exchange(Socket socket, ReadOnlyMemory<byte> request, byte[] buffer, int answerBytes)
    {
        socket.Send(request.Span);
        for (var got = 0; got < answerBytes;)
            got += socket.Receive(buffer.AsSpan(0, answerBytes - got));
    }
}
