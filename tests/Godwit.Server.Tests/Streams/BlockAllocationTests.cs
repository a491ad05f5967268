namespace Godwit.Server.Tests.Streams;

public sealed class BlockAllocationTests : DeviceStreamTests
{
    private const int Rounds = 2000;

    [Fact]
    public async Task A_cbor_block_of_a_stream_that_is_at_hand_allocates_nothing()
    {
        var request = new FakeTopicRequest($"{StreamId}/get/cbor", Bytes("A6 6163 63726479 6166 00 616C 191000 616F 00 6162 4107 616E 01")) { OnlyCounts = true };
        for (var i = 0; i < 200; i++)
            await Topics.Handle(request, Ct);
        var blocksBefore = request.Blocks;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var handled = true;
        for (var i = 0; i < Rounds; i++)
            handled &= Topics.Handle(request, Ct).IsCompletedSuccessfully;
        var perBlock = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Rounds;
        Assert.True(handled);
        Assert.Equal(Rounds, request.Blocks - blocksBefore);
        Assert.True(perBlock <= 8, $"{perBlock} bytes are allocated for each block; 8 are allowed on average.");
    }
}
