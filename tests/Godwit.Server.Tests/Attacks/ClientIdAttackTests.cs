using System.Buffers;
using System.IO.Pipelines;
using Godwit.Mqtt;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Mqtt;
using Godwit.Server.Tests.Mqtt;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A13: a device that takes another's name, or fights for one. Connections begin behind the handshake, so that a thousand attempts are quick.</summary>
public sealed class ClientIdAttackTests
{
    private static readonly string[] s_names =
    [
        "victim", "VICTIM", "victim ", " victim", "victim/", "vic*", "vict?m", "victim#", "+", "#", "*", "x${iot:ClientId}", "x${iot:Connection.Thing.ThingName}",
        "__proto__", "constructor", "toString", "../victim", "victim\u200b", "ｖictim", "attacker2", "",
    ];

    [Fact]
    public async Task A13_another_things_name_is_refused_a_thousand_times_and_its_holder_feels_nothing()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        await using var victim = await door.Connect(await door.Register("victim"), "victim");
        var attacker = await door.Register("attacker");
        for (var i = 0; i < 1000; i++)
        {
            await using var client = Dial(door, attacker);
            Assert.Equal((byte)ReasonCode.NotAuthorized, (await client.Connect(s_names[i % s_names.Length])).Code);
            if (i % 50 == 0)
                await victim.Ping();
        }

        await victim.Ping();
        Assert.Equal(1, door.Get<DeviceDoor>().Broker!.Count().Connected);
        await using var own = Dial(door, attacker);
        Assert.Equal(0, (await own.Connect("attacker")).Code);
    }

    [Fact]
    public async Task A13_a_name_like_a_member_of_every_object_is_a_name_like_any_other()
    {
        await using var door = await DeviceDoorUnderTest.Open();
        var device = await door.Register("dev7", DeviceDoorUnderTest.WidePolicy);
        foreach (var name in (string[])["__proto__", "constructor", "hasOwnProperty", "valueOf", "null", "undefined", "NaN", "..", "con", "nul.txt", "%s%n", "' OR 1=1 --"])
        {
            await using var client = Dial(door, device);
            Assert.Equal(0, (await client.Connect(name)).Code);
            Assert.Equal(ReasonCode.Success, await client.Subscribe($"{name}/a", QoS.AtMostOnce));
            await client.Publish($"{name}/a", name);
            Assert.Equal((name + "/a", name), await client.NextPublish() is var got ? (got.Topic, got.Payload) : default);
            Assert.True(door.Link.IsConnected(DeviceDoorUnderTest.Account, name));
        }
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 100)]
    public async Task A13_a_fight_for_a_name_is_won_a_few_times_and_then_nobody_is_disturbed(bool faithful, int wins)
    {
        await using var door = await DeviceDoorUnderTest.Open(options => options with { FaithfulQuotas = faithful }, new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        var device = await door.Register("dev7");
        await using var bystander = await door.Connect(await door.Register("dev8"), "dev8");
        var (won, holder) = (0, (RawClient?)null);
        for (var i = 0; i < 300; i++)
        {
            var client = Dial(door, device);
            if ((await client.Connect("dev7")).Code != 0)
            {
                await client.DisposeAsync();
                continue;
            }

            won++;
            if (holder is not null)
                await holder.DisposeAsync();
            holder = client;
        }

        // The clock stands: what may be done at once is all that is done.
        Assert.Equal(wins, won);
        await bystander.Ping();
        await holder!.Ping();
        Assert.Equal(2, door.Get<DeviceDoor>().Broker!.Count().Connected);
        await holder.DisposeAsync();
    }

    /// <summary>As the door begins a connection whose handshake has shown the device's certificate.</summary>
    private static RawClient Dial(DeviceDoorUnderTest door, TestDevice device)
    {
        var (up, down) = (new Pipe(), new Pipe());
        var info = new TransportInfo(DeviceDoor.TlsListener, null) { IsTls = true, ClientCertificate = device.Certificate.RawData };
        _ = door.Get<DeviceDoor>().Broker!.ServeAsync(new Duplex(up.Reader, down.Writer), info);
        return RawClient.On(new Duplex(down.Reader, up.Writer), ProtocolLevel.V5);
    }

    /// <summary>One direction to read, the other to write.</summary>
    private sealed class Duplex(PipeReader input, PipeWriter output) : Stream
    {
        private volatile bool _closed;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => throw new NotSupportedException();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_closed)
                throw new IOException("The stream is closed.");
            var read = await input.ReadAsync(cancellationToken);
            if (read.IsCanceled)
                throw new IOException("The stream was closed.");
            var count = (int)Math.Min(buffer.Length, read.Buffer.Length);
            read.Buffer.Slice(0, count).CopyTo(buffer.Span);
            input.AdvanceTo(read.Buffer.GetPosition(count));
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_closed)
                throw new IOException("The stream is closed.");
            await output.WriteAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            _closed = true;
            input.CancelPendingRead();
            output.Complete();

            base.Dispose(disposing);
        }
    }
}
