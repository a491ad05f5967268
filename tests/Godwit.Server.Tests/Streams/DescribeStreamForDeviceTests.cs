using System.Formats.Cbor;
using System.Text;

namespace Godwit.Server.Tests.Streams;

public sealed class DescribeStreamForDeviceTests : DeviceStreamTests
{
    [Theory]
    [InlineData("""{"c":"tok"}""", """{"c":"tok","s":1,"d":"firmware for dev7","r":[{"f":0,"z":10000}]}""")]
    [InlineData("{}", """{"s":1,"d":"firmware for dev7","r":[{"f":0,"z":10000}]}""")]
    [InlineData("", """{"s":1,"d":"firmware for dev7","r":[{"f":0,"z":10000}]}""")]
    public async Task The_description_tells_version_files_and_sizes(string asked, string answer)
    {
        var (topic, payload) = (await AskJson(asked, "describe")).Reply();
        Assert.Equal(Topic("description", "json"), topic);
        Assert.Equal(answer, Encoding.UTF8.GetString(payload));
    }

    [Fact]
    public async Task The_description_in_cbor_says_the_same()
    {
        var (topic, payload) = (await AskCbor("A1 6163 63746F6B", "describe")).Reply();
        Assert.Equal(Topic("description", "cbor"), topic);
        var reader = new CborReader(payload, CborConformanceMode.Strict);
        Assert.Null(reader.ReadStartMap());
        Assert.Equal(["c", "tok", "s"], [reader.ReadTextString(), reader.ReadTextString(), reader.ReadTextString()]);
        Assert.Equal(1, reader.ReadInt32());
        Assert.Equal(["d", "firmware for dev7", "r"], [reader.ReadTextString(), reader.ReadTextString(), reader.ReadTextString()]);
        Assert.Equal(1, reader.ReadStartArray());
        reader.ReadStartMap();
        Assert.Equal("f", reader.ReadTextString());
        Assert.Equal(0, reader.ReadInt32());
        Assert.Equal("z", reader.ReadTextString());
        Assert.Equal(10_000, reader.ReadInt32());
        reader.ReadEndMap();
        reader.ReadEndArray();
        reader.ReadEndMap();
        Assert.Equal(0, reader.BytesRemaining);
    }

    [Fact]
    public async Task An_unknown_stream_is_rejected()
    {
        var (topic, payload) = (await Ask("nothing/describe/json", """{"c":"tok"}"""u8.ToArray())).Reply();
        Assert.Equal("$aws/things/dev7/streams/nothing/rejected/json", topic);
        Assert.Equal(
            """{"clientToken":"tok","c":"tok","code":"ResourceNotFound","o":"ResourceNotFound","message":"Stream nothing does not exist.","m":"Stream nothing does not exist."}""",
            Encoding.UTF8.GetString(payload));
    }
}
