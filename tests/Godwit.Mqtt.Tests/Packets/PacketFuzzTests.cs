using System.Diagnostics;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt.Tests.Packets;

/// <summary>
/// Bytes that nobody meant: random ones, and good packets with a few bytes changed, cut or doubled. The reader may say what it
/// likes as long as it says it: no exception, no more consumed than was there, and what it takes can be written and read again.
/// </summary>
public sealed class PacketFuzzTests
{
    private const int Cases = 1_000_000;

    [Fact]
    public void A_million_mutated_and_random_inputs_are_read_or_refused()
    {
        var random = new Random(20_011);
        var table = PacketTable.Good.Concat(PacketTable.Bad).ToArray();
        var input = new byte[512];
        var verdicts = new int[3];
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Cases; i++)
        {
            var row = table[random.Next(table.Length)];
            var length = i % 4 == 0 ? Noise(random, input) : Mutant(random, row.Bytes, input);
            var reader = row.Reader();
            var bytes = input.AsMemory(0, length);
            var status = reader.Read(bytes, out var packet, out var consumed, out var refusal);

            verdicts[(int)status]++;
            Assert.True(consumed <= length && consumed >= 0);
            Assert.Equal(status == ReadStatus.Refused, refusal != ReasonCode.Success);
            if (status == ReadStatus.Packet)
                ReadsBack(row, reader.Level, packet);
        }

        // All three happen often, or the fuzzing is not about anything.
        Assert.All(verdicts, count => Assert.True(count > Cases / 50, string.Join(' ', verdicts)));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60));
    }

    private static void ReadsBack(PacketCase row, ProtocolLevel level, in Packet packet)
    {
        var written = PacketEcho.Write(level, packet);
        var again = new PacketReader(row.From, packet.Type == PacketType.Connect ? ProtocolLevel.None : level, PacketLimits.Default);
        Assert.Equal(ReadStatus.Packet, again.Read(written, out var second, out var consumed, out _));
        Assert.Equal(written.Length, consumed);
        Assert.True(written.AsSpan().SequenceEqual(PacketEcho.Write(level, second)));
    }

    private static int Noise(Random random, byte[] into)
    {
        var length = random.Next(1, 64);
        random.NextBytes(into.AsSpan(0, length));
        return length;
    }

    private static int Mutant(Random random, byte[] of, byte[] into)
    {
        of.CopyTo(into, 0);
        var length = of.Length;
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(length);
            switch (random.Next(5))
            {
                case 0: into[at] = (byte)random.Next(256); break;
                case 1: into[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: length = Math.Max(1, at); break;
                case 3 when length < 400:
                    into.AsSpan(at, length - at).CopyTo(into.AsSpan(at + 1));
                    length++;
                    break;
                default:
                    // The length byte follows what was cut or added, so that bodies are reached.
                    if (length is > 2 and < 130)
                        into[1] = (byte)(length - 2);
                    break;
            }
        }

        return length;
    }
}
