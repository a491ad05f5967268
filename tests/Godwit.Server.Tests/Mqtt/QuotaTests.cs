using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>AWS's quotas of stream data, where they are asked for.</summary>
public sealed class QuotaTests
{
    [Theory]
    [InlineData(true, 100)]
    [InlineData(false, 100)]
    public async Task Blocks_come_at_512_KiB_a_second_by_faithful_quotas_and_at_once_without(bool faithful, int blocks)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var door = await DeviceDoorUnderTest.Open(options => options with { FaithfulQuotas = faithful }, time);
        await using var client = await door.Connect(await door.Register("dev7"), "dev7", keepAlive: 1200);
        var start = time.GetUtcNow();

        await client.Publish("$aws/things/dev7/desk/x/blocks", $"{blocks}");
        for (var i = blocks; i > 0; i--)
        {
            var next = client.NextPublish();
            for (var turn = 0; !next.IsCompleted && time.GetUtcNow() - start < TimeSpan.FromMinutes(10); turn++)
            {
                // To when the block is due, and beyond that now and then: a wait may begin after the clock was moved.
                if (faithful && ((time.GetUtcNow() - start).TotalMilliseconds < DueMs(blocks - i) || turn % 1000 == 999))
                    time.Advance(TimeSpan.FromMilliseconds(5));
                await Task.Yield();
            }

            Assert.Equal((byte)i, (await next).Bytes[0]);
        }

        Assert.InRange((time.GetUtcNow() - start).TotalMilliseconds, faithful ? DueMs(blocks - 1) : 0, faithful ? double.MaxValue : 0);
    }

    /// <summary>A second's worth is 32 blocks of 16 KiB; the others come one each 31.25 ms.</summary>
    private static double DueMs(int index) => Math.Max(0, index + 1 - 32) * 31.25;
}
