using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Fleet.Images;

namespace Godwit.Server.Tests.Fleet;

public sealed class AgentTests : IDisposable
{
    private const string Jobs = "$aws/things/dev7/jobs/";
    private const string Stream = "$aws/things/dev7/streams/AFR_OTA-s/";
    private static readonly FirmwareVersion Old = new(0, 9, 2);
    private static readonly FirmwareVersion New = new(0, 9, 3);

    private readonly ECDsa _signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _image = FirmwareImage.Make(New, 10_000);
    private readonly Flash _flash = new() { Running = Old };
    private readonly FakeIo _io = new();

    public void Dispose() => _signer.Dispose();

    [Fact]
    public void The_classic_agent_asks_by_bitmap_reports_verifies_and_reboots()
    {
        var agent = Classic();
        agent.OnConnected();
        Assert.Equal(Jobs + "$next/get", _io.LastTopic);
        Assert.Contains(Jobs + "notify-next", _io.Subscriptions);

        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT"));
        Assert.Equal(Stream + "get/cbor", _io.LastTopic);
        // Key for key what the device plane's worked trace shows: three blocks wanted, n of them.
        Assert.Equal("A6616363726479616600616C191000616F0061624107616E03", Convert.ToHexString(_io.Published[^1].Payload));

        foreach (var index in (int[])[0, 1, 2])
            agent.OnMessage(Stream + "data/cbor", Block(index));
        Assert.Contains(_io.Published, p => Text(p.Payload) == """{"status":"IN_PROGRESS","statusDetails":{"receive":"1/3"}}""");
        Assert.Equal("""{"status":"IN_PROGRESS","statusDetails":{"self_test":"ready","updatedBy":"0x00090002"}}""", _io.LastText);
        Assert.True(_io.Rebooted);
        Assert.True(_flash.SelfTestPending);
    }

    [Fact]
    public void Blocks_out_of_order_and_twice_end_in_the_same_image()
    {
        var agent = Classic();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT"));
        foreach (var index in (int[])[2, 2, 0, 1])
            agent.OnMessage(Stream + "data/cbor", Block(index));
        Assert.True(_io.Rebooted);
    }

    [Fact]
    public void After_the_reboot_the_new_image_tests_itself_and_says_succeeded()
    {
        _flash.Activate(New);
        var agent = Classic();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT", selfTest: "ready"));
        Assert.Equal("""{"status":"SUCCEEDED","statusDetails":{"reason":"accepted  v0.9.3","updatedBy":"  v0.9.2"}}""", _io.LastText);
        Assert.False(_flash.SelfTestPending);
        Assert.Equal(New, _flash.Running);
    }

    [Fact]
    public void A_failed_self_test_goes_back_to_the_old_image_and_says_failed()
    {
        _flash.Activate(New);
        var agent = Classic(new DeviceFaults { FailSelfTest = true });
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT", selfTest: "ready"));
        Assert.Contains("\"status\":\"FAILED\"", _io.LastText, StringComparison.Ordinal);
        Assert.Equal(Old, _flash.Running);
        Assert.True(_io.Rebooted);
    }

    [Fact]
    public void A_flipped_bit_ends_as_a_failed_signature()
    {
        _image[5000] ^= 1;
        var agent = Classic();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT", signOver: FirmwareImage.Make(New, 10_000)));
        foreach (var index in (int[])[0, 1, 2])
            agent.OnMessage(Stream + "data/cbor", Block(index));
        Assert.Equal("""{"status":"FAILED","statusDetails":{"reason":"0x000000e3: 0x00000000"}}""", _io.LastText);
        Assert.False(_io.Rebooted);
    }

    [Fact]
    public void The_same_version_again_is_rejected()
    {
        _flash.Running = New;
        var agent = Classic();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT"));
        foreach (var index in (int[])[0, 1, 2])
            agent.OnMessage(Stream + "data/cbor", Block(index));
        Assert.Equal("""{"status":"FAILED","statusDetails":{"reason":"rejected: 0x00000010"}}""", _io.LastText);
    }

    [Fact]
    public void An_expired_url_makes_the_agent_fetch_the_job_again_and_go_on()
    {
        var agent = Classic(primary: "HTTP");
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("HTTP", url: "http://files/a?sig=1"));
        Assert.Equal(("http://files/a?sig=1", 0L, 4095L), _io.Ranges[^1]);
        agent.OnRange("http://files/a?sig=1", 0, 206, _image.AsSpan(0, 4096));
        agent.OnRange("http://files/a?sig=1", 4096, 403, []);
        Assert.Equal(Jobs + "$next/get", _io.LastTopic);
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("HTTP", url: "http://files/a?sig=2"));
        Assert.Equal(("http://files/a?sig=2", 4096L, 8191L), _io.Ranges[^1]);
        agent.OnRange("http://files/a?sig=2", 4096, 206, _image.AsSpan(4096, 4096));
        agent.OnRange("http://files/a?sig=2", 8192, 206, _image.AsSpan(8192));
        Assert.True(_io.Rebooted);
    }

    [Fact]
    public void A_late_answer_to_a_range_asked_twice_is_not_taken_for_the_next_block()
    {
        var agent = Classic(primary: "HTTP");
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("HTTP", url: "http://files/a?sig=1"));
        agent.OnTimer();
        agent.OnRange("http://files/a?sig=1", 0, 206, _image.AsSpan(0, 4096));
        agent.OnRange("http://files/a?sig=1", 0, 206, _image.AsSpan(0, 4096));
        agent.OnRange("http://files/a?sig=1", 4096, 206, _image.AsSpan(4096, 4096));
        agent.OnRange("http://files/a?sig=1", 8192, 206, _image.AsSpan(8192));
        Assert.True(_io.Rebooted);
    }

    [Fact]
    public void A_late_copy_of_a_finished_job_is_no_new_job()
    {
        _flash.Activate(New);
        var agent = Classic();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT", selfTest: "ready"));
        var before = _io.Published.Count;
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT", selfTest: "ready"));
        Assert.Equal(before, _io.Published.Count);
        Assert.DoesNotContain(DevicePhase.Failed, _io.Phases);
    }

    [Fact]
    public void A_lost_request_is_made_again_by_the_timer()
    {
        var agent = Classic();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT"));
        var before = _io.Published.Count;
        agent.OnTimer();
        Assert.Equal(before + 1, _io.Published.Count);
        Assert.Equal(Stream + "get/cbor", _io.LastTopic);
    }

    [Fact]
    public void The_modular_agent_subscribes_to_no_job_topic_and_reports_only_the_end()
    {
        var agent = new ModularAgent(Profile("MQTT"), _flash, _io);
        agent.OnConnected();
        Assert.Empty(_io.Subscriptions);
        Assert.Equal((Jobs + "start-next", """{"clientToken":"test"}"""), (_io.LastTopic, _io.LastText));
        agent.OnMessage(Jobs + "start-next/accepted", Execution("MQTT"));
        foreach (var index in (int[])[0, 1, 2])
        {
            Assert.Equal($$"""{"s": 1,"f": 0,"l": 4096,"o": {{index}},"n": 1}""", _io.LastText);
            agent.OnMessage(Stream + "data/json", JsonBlock(index));
        }
        Assert.True(_io.Rebooted);

        var after = new ModularAgent(Profile("MQTT"), _flash, _io);
        after.OnConnected();
        after.OnMessage(Jobs + "start-next/accepted", Execution("MQTT"));
        Assert.Equal((Jobs + "AFR_OTA-rel42/update", """{"status":"SUCCEEDED","expectedVersion":"2"}"""), (_io.LastTopic, _io.LastText));
    }

    [Fact]
    public void The_classic_agent_subscribes_before_each_request_and_its_first_ten_tokens_have_no_number()
    {
        var agent = Classic();
        agent.OnConnected();
        for (var i = 1; i < 11; i++)
            agent.OnTimer();
        var tokens = _io.Published.Where(p => p.Topic == Jobs + "$next/get").Select(p => Text(p.Payload)).ToList();
        Assert.Equal([.. Enumerable.Repeat("""{"clientToken":":dev7"}""", 10), """{"clientToken":"1:dev7"}"""], tokens);
        Assert.Equal(11, _io.Subscriptions.Count(filter => filter == Jobs + "notify-next"));
    }

    [Fact]
    public void The_ESP_build_asks_for_one_block_at_a_time()
    {
        var agent = new ClassicAgent(AgentProfile.Of("dev7", Personality.Esp, "MQTT", _signer), _flash, _io);
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT"));
        foreach (var (index, map) in new[] { (0, "07"), (1, "06"), (2, "04") })
        {
            Assert.Equal($"A6616363726479616600616C191000616F00616241{map}616E01", Convert.ToHexString(_io.Published.Last(p => p.Topic == Stream + "get/cbor").Payload));
            agent.OnMessage(Stream + "data/cbor", Block(index));
        }
        Assert.True(_io.Rebooted);
    }

    [Fact]
    public void The_STM32U5_agent_subscribes_for_any_thing_and_gives_up_where_that_is_refused()
    {
        var agent = Stm32U5();
        agent.OnConnected();
        Assert.Equal(["$aws/things/+/jobs/$next/get/#", "$aws/things/+/jobs/notify-next"], _io.Subscriptions);
        Assert.Equal(Jobs + "$next/get", _io.LastTopic);
        agent.OnRefused("$aws/things/+/jobs/$next/get/#");
        Assert.Equal((DevicePhase.Failed, (TimeSpan?)null), (_io.Phases[^1], _io.Timer));
    }

    [Theory]
    [InlineData("$aws/things/dev8/jobs/notify-next")]
    [InlineData("$aws/things/dev7/jobs/$next/get")]
    public void A_service_that_lets_through_what_is_anothers_or_an_echo_is_told_on_by_the_STM32U5_agent(string topic)
    {
        var agent = Stm32U5();
        agent.OnConnected();
        agent.OnMessage(topic, "{}"u8);
        Assert.Equal(DevicePhase.Failed, _io.Phases[^1]);
    }

    [Fact]
    public void A_service_that_answers_twice_is_told_on_by_the_STM32U5_agent()
    {
        var agent = Stm32U5();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT"));
        agent.OnMessage(Stream + "data/cbor", Block(0));
        Assert.DoesNotContain(DevicePhase.Failed, _io.Phases);
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT"));
        Assert.Equal(DevicePhase.Failed, _io.Phases[^1]);
    }

    [Fact]
    public void An_application_around_esp_https_ota_takes_all_by_one_request_and_reports_after_the_restart()
    {
        var agent = EspHttpsOta();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("HTTP", url: "https://files/a?sig=1"));
        Assert.Equal([("https://files/a?sig=1", 0L, -1L)], _io.Ranges);
        Assert.Contains("IN_PROGRESS", _io.LastText);

        // It breaks off: the job is asked for anew, and its URL is a fresh one.
        agent.OnRange("https://files/a?sig=1", 0, 0, []);
        Assert.Equal(Jobs + "$next/get", _io.LastTopic);
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("HTTP", url: "https://files/a?sig=2"));
        agent.OnRange("https://files/a?sig=1", 0, 200, _image);
        Assert.False(_io.Rebooted);
        agent.OnRange("https://files/a?sig=2", 0, 200, _image);
        Assert.True(_io.Rebooted);

        agent = EspHttpsOta();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("HTTP", url: "https://files/a?sig=3"));
        Assert.Contains("SUCCEEDED", _io.LastText);
        Assert.Equal((New, false, 2), (_flash.Running, _flash.SelfTestPending, _io.Ranges.Count));
    }

    [Fact]
    public void An_image_that_is_not_newer_is_rejected_by_an_application_around_esp_https_ota()
    {
        _flash.Running = New;
        var agent = EspHttpsOta();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", Execution("HTTP", url: "https://files/a?sig=1"));
        agent.OnRange("https://files/a?sig=1", 0, 200, _image);
        Assert.Contains("REJECTED", _io.LastText);
        Assert.False(_io.Rebooted);
    }

    [Fact]
    public void The_Nordic_agent_listens_below_what_it_asks_reports_by_version_and_restarts_at_the_end()
    {
        var agent = Nordic();
        agent.OnConnected();
        Assert.Equal([Jobs + "notify-next", Jobs + "$next/get/#"], _io.Subscriptions);
        Assert.Equal((Jobs + "$next/get", """{"clientToken":""}"""), (_io.LastTopic, _io.LastText));

        agent.OnMessage(Jobs + "notify-next", NordicExecution("https://files/a?sig=1"));
        Assert.Contains(Jobs + "fota/update/#", _io.Subscriptions);
        Assert.Equal((Jobs + "fota/update", """{"status":"IN_PROGRESS","expectedVersion":"4","clientToken":""}"""), (_io.LastTopic, _io.LastText));

        agent.OnMessage(Jobs + "fota/update/accepted", "{}"u8);
        var at = 0;
        while (_io.LastText.Contains("IN_PROGRESS", StringComparison.Ordinal))
        {
            var (url, first, last) = _io.Ranges[^1];
            Assert.Equal(("https://files/a?sig=1", at, Math.Min(at + 1024, _image.Length) - 1), (url, first, last));
            agent.OnRange(url, first, 206, _image.AsSpan((int)first, (int)(last - first + 1)));
            at += 1024;
        }
        Assert.Equal("""{"status":"SUCCEEDED","expectedVersion":"5","clientToken":""}""", _io.LastText);
        Assert.False(_io.Rebooted);
        agent.OnMessage(Jobs + "fota/update/accepted", "{}"u8);
        Assert.True(_io.Rebooted);

        Nordic().OnConnected();
        Assert.Equal(New, _flash.Running);
        Assert.False(_flash.SelfTestPending);
    }

    [Fact]
    public void The_Nordic_agent_takes_a_fresh_url_when_its_own_has_expired_and_no_document_of_others()
    {
        var agent = Nordic();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get/accepted", NordicExecution("https://files/a?sig=1"));
        agent.OnMessage(Jobs + "fota/update/accepted", "{}"u8);
        agent.OnRange("https://files/a?sig=1", 0, 206, _image.AsSpan(0, 1024));
        agent.OnRange("https://files/a?sig=1", 1024, 403, []);
        Assert.Equal(Jobs + "$next/get", _io.LastTopic);
        agent.OnMessage(Jobs + "$next/get/accepted", NordicExecution("https://files/a?sig=2"));
        Assert.Equal(("https://files/a?sig=2", 1024L, 2047L), _io.Ranges[^1]);

        var other = Nordic();
        other.OnMessage(Jobs + "$next/get/accepted", Execution("MQTT"));
        Assert.Equal(DevicePhase.Failed, _io.Phases[^1]);
        Assert.DoesNotContain(_io.Published, p => p.Topic.Contains("AFR_OTA", StringComparison.Ordinal));
    }

    [Fact]
    public void A_service_that_echoes_requests_is_told_on_by_the_Nordic_agent()
    {
        var agent = Nordic();
        agent.OnConnected();
        agent.OnMessage(Jobs + "$next/get", """{"clientToken":""}"""u8);
        Assert.Equal(DevicePhase.Failed, _io.Phases[^1]);
    }

    private ClassicAgent Stm32U5() => new(AgentProfile.Of("dev7", Personality.Stm32U5, "MQTT", _signer), _flash, _io);

    private EspHttpsOtaAgent EspHttpsOta() => new(AgentProfile.Of("dev7", Personality.EspHttpsOta, "HTTP", _signer), _flash, _io);

    private NordicAgent Nordic() => new(AgentProfile.Of("dev7", Personality.Nordic, "HTTP", _signer), _flash, _io);

    private byte[] NordicExecution(string url) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        timestamp = 1800000000,
        execution = new { jobId = "fota", status = "QUEUED", versionNumber = 4, executionNumber = 1, jobDocument = new { operation = "app_fw_update", fwversion = "v0.9.3", size = _image.Length, location = new { url } } },
    });

    private static string Text(byte[] payload) => Encoding.UTF8.GetString(payload);

    private ClassicAgent Classic(DeviceFaults? faults = null, string primary = "MQTT") => new(Profile(primary) with { Faults = faults ?? DeviceFaults.None }, _flash, _io);

    private AgentProfile Profile(string primary) => new("dev7", Personality.Classic, primary, _signer);

    private byte[] Execution(string protocol, string? selfTest = null, byte[]? signOver = null, string? url = null)
    {
        var signature = Convert.ToBase64String(_signer.SignData(signOver ?? _image, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        var file = new Dictionary<string, object?>
        {
            ["filepath"] = "/fw/app.bin", ["filesize"] = _image.Length, ["fileid"] = 0, ["certfile"] = "/c",
            ["update_data_url"] = url, ["auth_scheme"] = url is null ? null : "aws.s3.presigned", ["sig-sha256-ecdsa"] = signature,
        };
        var ota = new Dictionary<string, object?> { ["protocols"] = new[] { protocol }, ["streamname"] = protocol == "MQTT" ? "AFR_OTA-s" : null, ["files"] = new[] { file } };
        var execution = new Dictionary<string, object?> { ["jobId"] = "AFR_OTA-rel42", ["status"] = "QUEUED", ["jobDocument"] = new Dictionary<string, object?> { ["afr_ota"] = ota } };
        if (selfTest is not null)
            execution["statusDetails"] = new Dictionary<string, string> { ["self_test"] = selfTest, ["updatedBy"] = "0x00090002" };
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?> { ["timestamp"] = 1800000000, ["execution"] = execution });
    }

    private ReadOnlySpan<byte> Bytes(int index) => _image.AsSpan(index * 4096, Math.Min(4096, _image.Length - index * 4096));

    private byte[] Block(int index)
    {
        var cbor = new CborWriter(CborConformanceMode.Lax);
        cbor.WriteStartMap(null);
        cbor.WriteTextString("c");
        cbor.WriteTextString("rdy");
        cbor.WriteTextString("f");
        cbor.WriteInt32(0);
        cbor.WriteTextString("i");
        cbor.WriteInt32(index);
        cbor.WriteTextString("l");
        cbor.WriteInt32(Bytes(index).Length);
        cbor.WriteTextString("p");
        cbor.WriteByteString(Bytes(index));
        cbor.WriteEndMap();
        return cbor.Encode();
    }

    private byte[] JsonBlock(int index) =>
        Encoding.UTF8.GetBytes($$"""{"f":0,"l":{{Bytes(index).Length}},"i":{{index}},"p":"{{Convert.ToBase64String(Bytes(index))}}"}""");
}
