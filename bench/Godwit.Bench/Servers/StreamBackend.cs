using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Godwit.Bench.Blocks;
using Godwit.Mqtt.Packets;

namespace Godwit.Bench.Servers;

/// <summary>
/// What one would put behind mosquitto to serve streams: one connection, one wildcard subscription, answers out of memory. Everything that arrived
/// together is answered with one write. It checks nothing.
/// </summary>
public static class StreamBackend
{
    private const int WriteBytes = 1 << 20;

    public static async Task<int> Run(BenchOptions options, CancellationToken ct)
    {
        var image = await File.ReadAllBytesAsync(options.Image, ct);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, options.Port, ct);
        using var stream = new NetworkStream(socket);
        using var link = new MqttLink(stream);
        await link.Connect("backend", ct);
        await link.Subscribe("$aws/things/+/streams/+/get/cbor", ct);
        Console.WriteLine("ready");
        using var output = new PooledBuffer();
        while (true)
        {
            if (!link.TryTake(out var packet))
            {
                await Write(stream, output, ct);
                if (!await link.Receive(ct))
                    return 0;
                continue;
            }
            if (packet.Type != PacketType.Publish)
                continue;
            Answer(packet.Publish, image, output);
            if (output.Count >= WriteBytes)
                await Write(stream, output, ct);
        }
    }

    private static void Answer(in PublishPacket asked, byte[] image, PooledBuffer output)
    {
        var request = BlockCbor.ReadRequest(asked.Payload.Span);
        Span<byte> topic = stackalloc byte[256];
        var prefix = asked.TopicUtf8.Span[..^"get/cbor"u8.Length];
        prefix.CopyTo(topic);
        "data/cbor"u8.CopyTo(topic[prefix.Length..]);
        topic = topic[..(prefix.Length + "data/cbor"u8.Length)];
        Span<byte> head = stackalloc byte[BlockCbor.HeadBytesMax];
        for (var block = request.First; block < request.First + request.Count; block++)
        {
            var bytes = image.AsSpan(block * request.BlockBytes, request.BlockBytes);
            var headLength = BlockCbor.WriteDataHead(head, block, bytes.Length);
            PacketWriter.PublishHead(output, ProtocolLevel.V311, topic, default, headLength + bytes.Length + 1);
            output.Write(head[..headLength]);
            output.Write(bytes);
            output.Write([BlockCbor.Break]);
        }
    }

    private static async ValueTask Write(Stream stream, PooledBuffer output, CancellationToken ct)
    {
        if (output.Count == 0)
            return;
        await stream.WriteAsync(output.Written, ct);
        output.Clear();
    }
}
