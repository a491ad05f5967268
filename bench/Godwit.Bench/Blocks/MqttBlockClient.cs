using System.Formats.Cbor;
using System.Runtime.CompilerServices;
using System.Text;
using Godwit.Mqtt.Packets;

namespace Godwit.Bench.Blocks;

/// <summary>Fetches blocks as a device does: GetStream in CBOR at QoS 0.</summary>
public sealed class MqttBlockClient : BlockClient
{
    private readonly MqttLink _link;
    private readonly PooledBuffer _out = new();
    private readonly byte[] _payload = new byte[BlockCbor.HeadBytesMax];
    private readonly byte[] _askTopic;
    private readonly byte[] _dataTopic;

    private MqttBlockClient(Stream stream, string topics, BlockShape shape, byte[] image) : base(stream, shape, image)
    {
        _link = new MqttLink(stream);
        _askTopic = Encoding.UTF8.GetBytes(topics + "/get/cbor");
        _dataTopic = Encoding.UTF8.GetBytes(topics + "/data/cbor");
    }

    public static async Task<BlockClient> Connect(Stream stream, string thing, string streamId, BlockShape shape, byte[] image, CancellationToken ct)
    {
        var client = new MqttBlockClient(stream, $"$aws/things/{thing}/streams/{streamId}", shape, image);
        await client._link.Connect(thing, ct);
        await client._link.Subscribe(Encoding.UTF8.GetString(client._dataTopic), ct);
        return client;
    }

    public override void Dispose()
    {
        base.Dispose();
        _link.Dispose();
        _out.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask Fetch(int firstBlock, bool compare)
    {
        var length = BlockCbor.WriteRequest(_payload, new BlockCbor.Request(Shape.BlockBytes, firstBlock, Shape.BlocksPerRequest));
        _out.Clear();
        PacketWriter.Publish(_out, ProtocolLevel.V311, new PublishPacket { TopicUtf8 = _askTopic, Payload = _payload.AsMemory(0, length) });
        await Stream.WriteAsync(_out.Written).ConfigureAwait(false);
        for (var got = 0; got < Shape.BlocksPerRequest;)
        {
            if (_link.TryTake(out var packet))
                Take(packet, firstBlock + got++, compare);
            else if (!await _link.Receive(default).ConfigureAwait(false))
                throw new IOException("The server closed the connection in the middle of an answer.");
        }
    }

    private void Take(in Packet packet, int block, bool compare)
    {
        var publish = packet.Type == PacketType.Publish ? packet.Publish : throw new IOException($"The server sent {packet.Type} instead of a block.");
        if (!publish.TopicUtf8.Span.SequenceEqual(_dataTopic) || publish.Payload.Length <= Shape.BlockBytes)
            throw new IOException($"Not a block: {Encoding.UTF8.GetString(publish.TopicUtf8.Span)}, {publish.Payload.Length} bytes.");
        if (compare)
            CompareBlock(publish.Payload, block);
    }

    private void CompareBlock(ReadOnlyMemory<byte> payload, int block)
    {
        var cbor = new CborReader(payload, CborConformanceMode.Lax);
        cbor.ReadStartMap();
        while (cbor.PeekState() != CborReaderState.EndMap)
        {
            switch (cbor.ReadTextString())
            {
                case "i" when cbor.ReadInt32() != block:
                    throw new InvalidDataException($"Asked for block {block}, got another.");
                case "p":
                    Compare(cbor.ReadByteString(), block * Shape.BlockBytes);
                    break;
                case "i":
                    break;
                default:
                    cbor.SkipValue();
                    break;
            }
        }
    }
}
