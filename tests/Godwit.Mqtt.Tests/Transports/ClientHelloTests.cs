using System.Security.Authentication;
using CsCheck;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt.Tests.Transports;

public sealed class ClientHelloTests
{
    private const int RecordHeaderBytes = 5;

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls12 | SslProtocols.Tls13)]
    public void A_real_hello_is_whole_with_its_last_byte_and_not_before(SslProtocols protocols)
    {
        var hello = ClientHellos.Of(protocols);
        for (var count = 0; count < hello.Length; count++)
            Assert.Equal(HelloState.Unfinished, ClientHello.Look(hello.AsSpan(0, count)));
        Assert.Equal(HelloState.Whole, ClientHello.Look(hello));
        Assert.Equal(HelloState.Whole, ClientHello.Look([.. hello, 0xFF, 0xFF]));
    }

    [Fact]
    public void A_hello_in_several_records_is_whole_with_the_last_of_them()
    {
        var message = ClientHellos.Of(SslProtocols.Tls13)[RecordHeaderBytes..];
        Gen.Int[1, message.Length].Array[0, 12].Sample(cuts =>
        {
            int[] ends = [.. cuts.Append(message.Length).Distinct().Order()];
            List<byte> wire = [];
            foreach (var (from, to) in ends.Prepend(0).Zip(ends))
                wire.AddRange([22, 3, 1, (byte)((to - from) >> 8), (byte)(to - from), .. message[from..to]]);
            var all = wire.ToArray();
            for (var count = 0; count < all.Length; count++)
                Assert.Equal(HelloState.Unfinished, ClientHello.Look(all.AsSpan(0, count)));
            Assert.Equal(HelloState.Whole, ClientHello.Look(all));
        }, iter: 100);
    }

    [Theory]
    [InlineData("10")] // A CONNECT.
    [InlineData("474554202F")] // An HTTP request.
    [InlineData("1503010002")] // An alert.
    [InlineData("1602")] // No TLS.
    [InlineData("1603010000")] // An empty record.
    [InlineData("1603014001")] // A record larger than any.
    [InlineData("160301000102")] // A ServerHello.
    [InlineData("160301000401004000")] // A hello of 16 KiB, with its header more than 16 KiB.
    [InlineData("1603010004 01FFFFFF")]
    [InlineData("1603010001 01 1503010002")] // An alert amid a hello.
    public void What_never_becomes_a_hello_is_known_at_once(string hex)
    {
        Assert.Equal(HelloState.Nonsense, ClientHello.Look(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_hello_in_the_smallest_of_records_may_not_be_larger_than_another()
    {
        List<byte> wire = [];
        byte[] message = [1, 0, 0x3F, 0, .. new byte[0x3F00]];
        foreach (var octet in message)
            wire.AddRange([22, 3, 1, 0, 1, octet]);
        Assert.Equal(HelloState.Unfinished, ClientHello.Look(wire.ToArray().AsSpan(0, ClientHello.BytesMax - 1)));
        Assert.Equal(HelloState.Nonsense, ClientHello.Look(wire.ToArray().AsSpan(0, ClientHello.BytesMax)));
    }

    [Fact]
    public void Any_bytes_get_an_answer_and_more_of_them_never_turn_nonsense_into_sense() =>
        Gen.Select(Gen.Byte.Array[0, 60], Gen.OneOf(Gen.Const(""), Gen.Const("16"), Gen.Const("160301"), Gen.Const("16030100"), Gen.Const("1603010010010000"))).Sample((noise, start) =>
        {
            byte[] bytes = [.. Convert.FromHexString(start), .. noise];
            var worst = HelloState.Unfinished;
            for (var count = 0; count <= bytes.Length; count++)
            {
                var state = ClientHello.Look(bytes.AsSpan(0, count));
                Assert.True(worst == HelloState.Unfinished || state == worst, $"{worst}, then {state} with {count} of {Convert.ToHexString(bytes)}");
                worst = state;
            }
        });
}
