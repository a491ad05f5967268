using System.Formats.Cbor;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Tests.Mqtt;

namespace Godwit.Server.Tests.DevicePlane;

/// <summary>
/// Downloads over TLS with everything that the field does to them; every image must end equal. <c>./test soak --minutes N</c> runs the last test for so long,
/// with a thousand devices and one large image before it.
/// </summary>
public sealed class DownloadTests : IAsyncLifetime
{
    private const int BlockBytes = 4096;
    private const string Stream = "AFR_OTA-download";

    private static readonly TimeSpan Soak = TimeSpan.FromMinutes(
        double.TryParse(Environment.GetEnvironmentVariable("GODWIT_SOAK_MINUTES"), System.Globalization.CultureInfo.InvariantCulture, out var minutes) ? minutes : 0.05);

    private TestServer _server = null!;
    private Registrar _registrar = null!;
    private byte[] _image = [];

    private static bool IsLong => Soak >= TimeSpan.FromMinutes(1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_device_that_downloads_survives_a_restart_of_the_service()
    {
        await Offer(600_000);
        var restarted = false;
        var got = await Download(await Register("dev7"), "dev7", Calm, async have =>
        {
            if (restarted || have < 40)
                return;
            restarted = true;
            await _server.Restart();
            _registrar = new Registrar(_server.Get<IServiceProvider>());
        });
        Assert.True(restarted);
        Assert.Equal(_image, got);
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("repeated")]
    [InlineData("reordered")]
    [InlineData("taken over")]
    public async Task A_download_ends_equal_whatever_happens_to_its_requests(string fault)
    {
        await Offer(400_001);
        var faults = fault switch
        {
            "lost" => Calm with { Lost = 0.3 },
            "repeated" => Calm with { Repeated = 0.5 },
            "reordered" => Calm with { Reordered = true },
            _ => Calm with { TakenOver = 0.1 },
        };
        Assert.Equal(_image, await Download(await Register("dev7"), "dev7", faults));
    }

    [Fact]
    public async Task A_thousand_devices_and_one_large_image_end_equal()
    {
        Assert.SkipUnless(IsLong, "A long run: ./test soak does it.");
        await Offer(1 << 20);
        var certificate = await Register("many");
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = Ct }, async (i, _) =>
            Assert.True(IsImage(await Download(certificate, $"many{i}", Calm)), $"device {i}"));
        await Offer(24 << 20);
        Assert.True(IsImage(await Download(certificate, "large", Calm)));
    }

    [Fact]
    public async Task A_soak_with_faults_finds_no_stall()
    {
        await Offer(300_000);
        var certificate = await Register("soak");
        var end = DateTimeOffset.UtcNow + Soak;
        var downloads = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            for (var round = 0; round == 0 || DateTimeOffset.UtcNow < end; round++)
            {
                var faults = new Faults(Lost: 0.05, Repeated: 0.1, TakenOver: 0.02, Reordered: true, Seed: (i * 1000) + round);
                // A client id of its own: one that connects many times a second is cut down to two, as it should be.
                Assert.True(IsImage(await Download(certificate, $"soak{i}-{round}", faults)), $"device {i}, round {round}");
                Interlocked.Increment(ref downloads);
            }
        }));
        TestContext.Current.SendDiagnosticMessage("{0} downloads of {1} bytes", downloads, _image.Length);
        Assert.InRange(downloads, 8, int.MaxValue);
    }

    private bool IsImage(byte[] got) => got.AsSpan().SequenceEqual(_image);

    private static Faults Calm { get; } = new(0, 0, 0, Reordered: false, Seed: 1);

    private async Task<TestDevice> Register(string thing)
    {
        _registrar = new Registrar(_server.Get<IServiceProvider>());
        return await _registrar.Register(thing, Registrar.WidePolicy);
    }

    /// <summary>An image in a bucket and the stream of it; offered again, the stream is a new one.</summary>
    private async Task Offer(int bytes)
    {
        _image = TestObjects.Image(bytes, seed: bytes);
        using var s3 = _server.Client("s3");
        using var iot = _server.Client("iot");
        await s3.Send("PUT", "/downloads");
        var put = await s3.Send("PUT", "/downloads/image.bin", _image);
        Assert.Equal(200, put.Status);
        await iot.Send("DELETE", "/streams/" + Stream);
        var made = await iot.Send("POST", "/streams/" + Stream, JsonSerializer.Serialize(new
        {
            files = new[] { new { fileId = 0, s3Location = new { bucket = "downloads", key = "image.bin" } } }, roleArn = "arn:aws:iam::000000000000:role/r",
        }));
        Assert.True(made.Status == 200, made.Text);
    }

    /// <summary>As the classic agent loads: what is missing by a bitmap, eight blocks a request, until nothing is.</summary>
    private async Task<byte[]> Download(TestDevice certificate, string thing, Faults faults, Func<int, Task>? progress = null)
    {
        var random = new Random(faults.Seed);
        var image = new byte[_image.Length];
        var missing = new SortedSet<int>(Enumerable.Range(0, (image.Length + BlockBytes - 1) / BlockBytes));
        var total = missing.Count;
        RawClient? client = null;
        try
        {
            while (missing.Count > 0)
            {
                client ??= await Connect(certificate, thing);
                if (random.NextDouble() < faults.TakenOver)
                {
                    // A second connection of the same client: the first one goes without a word.
                    var next = await Connect(certificate, thing);
                    await client.DisposeAsync();
                    client = next;
                }
                var wanted = faults.Reordered ? missing.OrderBy(_ => random.Next()).Take(8).ToList() : [.. missing.Take(8)];
                var request = Request(wanted);
                if (random.NextDouble() < faults.Lost)
                    continue;
                var copies = random.NextDouble() < faults.Repeated ? 2 : 1;
                try
                {
                    for (var copy = 0; copy < copies; copy++)
                        await client.Send(output => PacketWriter.Publish(output, ProtocolLevel.V311, new PublishPacket { TopicUtf8 = Topic(thing, "get/cbor"), Payload = request }));
                    for (var i = 0; i < wanted.Count * copies; i++)
                    {
                        var block = (await client.NextPublish()).Bytes;
                        if (random.NextDouble() >= faults.Lost)
                            missing.Remove(Keep(block, image));
                    }
                    if (progress is not null)
                        await progress(total - missing.Count);
                }
                catch (Exception gone) when (gone is IOException or InvalidOperationException or SocketException)
                {
                    await client.DisposeAsync();
                    client = null;
                }
            }
        }
        finally
        {
            if (client is not null)
                await client.DisposeAsync();
        }
        return image;
    }

    private async Task<RawClient> Connect(TestDevice certificate, string thing)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _server.Endpoints.MqttPort, Ct);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(_registrar.ClientTls(certificate, SslProtocols.None), Ct);
        var client = RawClient.On(tls);
        Assert.Equal(0, (await client.Connect(thing)).Code);
        Assert.Equal(ReasonCode.Success, await client.Subscribe(Encoding.UTF8.GetString(Topic(thing, "data/cbor")), QoS.AtMostOnce));
        return client;
    }

    private static byte[] Topic(string thing, string rest) => Encoding.UTF8.GetBytes($"$aws/things/{thing}/streams/{Stream}/{rest}");

    private static byte[] Request(List<int> blocks)
    {
        var first = blocks.Min();
        var bitmap = new byte[((blocks.Max() - first) / 8) + 1];
        foreach (var block in blocks)
            bitmap[(block - first) / 8] |= (byte)(1 << ((block - first) % 8));
        var writer = new CborWriter();
        writer.WriteStartMap(6);
        foreach (var (name, number) in new[] { ("f", 0), ("l", BlockBytes), ("o", first), ("n", blocks.Count) })
        {
            writer.WriteTextString(name);
            writer.WriteInt32(number);
        }
        writer.WriteTextString("c");
        writer.WriteTextString("rdy");
        writer.WriteTextString("b");
        writer.WriteByteString(bitmap);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private static int Keep(byte[] answer, byte[] image)
    {
        var reader = new CborReader(answer);
        reader.ReadStartMap();
        var (index, bytes) = (-1, Array.Empty<byte>());
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            switch (reader.ReadTextString())
            {
                case "i":
                    index = reader.ReadInt32();
                    break;
                case "p":
                    bytes = reader.ReadByteString();
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        }
        bytes.CopyTo(image.AsSpan(index * BlockBytes));
        return index;
    }

    /// <summary>The shares of requests and of blocks that are lost, of requests that are sent twice, so that blocks come twice, or preceded by a takeover.</summary>
    private sealed record Faults(double Lost, double Repeated, double TakenOver, bool Reordered, int Seed);
}
