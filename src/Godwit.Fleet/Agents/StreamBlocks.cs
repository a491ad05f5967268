using System.Formats.Cbor;
using Godwit.Fleet.Images;

namespace Godwit.Fleet.Agents;

/// <summary>Blocks over an MQTT file stream in CBOR, asked for by the bitmap of all that is missing.</summary>
internal sealed class StreamBlocks(AgentProfile profile, OtaJob job, IAgentIo io) : IBlockSource
{
    private readonly string _stream = $"$aws/things/{profile.Thing}/streams/{job.StreamName}/";
    private readonly CborWriter _cbor = new(CborConformanceMode.Lax);
    private int _expected;

    public string DataTopic => _stream + "data/cbor";

    public void Open() => io.Subscribe(DataTopic, 0);

    public void Request(ImageDownload image)
    {
        _expected = Math.Min(profile.BlocksPerRequest, image.Left);
        _cbor.Reset();
        _cbor.WriteStartMap(6);
        _cbor.WriteTextString("c");
        _cbor.WriteTextString("rdy");
        _cbor.WriteTextString("f");
        _cbor.WriteInt32(job.FileId);
        _cbor.WriteTextString("l");
        _cbor.WriteInt32(image.BlockBytes);
        _cbor.WriteTextString("o");
        _cbor.WriteInt32(0);
        _cbor.WriteTextString("b");
        _cbor.WriteByteString(image.Wanted.Span);
        _cbor.WriteTextString("n");
        _cbor.WriteInt32(_expected);
        _cbor.WriteEndMap();
        io.Publish(_stream + "get/cbor", _cbor.Encode(), 0);
    }

    public bool OneAnswered() => --_expected <= 0;

    public void Renew(OtaJob job)
    {
    }

    public void Close() => io.Unsubscribe(DataTopic);

    /// <summary>The block in a data message; an index of -1 for what is no such message.</summary>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> payload, out int index)
    {
        index = -1;
        try
        {
            var block = ReadOnlyMemory<byte>.Empty;
            var reader = new CborReader(payload.ToArray(), CborConformanceMode.Lax);
            reader.ReadStartMap();
            while (reader.PeekState() != CborReaderState.EndMap)
            {
                switch (reader.ReadTextString())
                {
                    case "i":
                        index = reader.ReadInt32();
                        break;
                    case "p":
                        block = reader.ReadDefiniteLengthByteString();
                        break;
                    default:
                        reader.SkipValue();
                        break;
                }
            }
            return block.Span;
        }
        catch (Exception failure) when (failure is CborContentException or InvalidOperationException or OverflowException)
        {
            return [];
        }
    }
}
