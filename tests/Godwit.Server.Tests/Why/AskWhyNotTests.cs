using System.Text.Json;
using Godwit.Server.Tests.DevicePlane;

namespace Godwit.Server.Tests.Why;

/// <summary>The question over the wire, at each station of a device's way through an update.</summary>
public sealed class AskWhyNotTests(AcceptanceFleet fleet) : IClassFixture<AcceptanceFleet>
{
    [Fact]
    public async Task The_answer_follows_a_device_from_offline_to_the_end()
    {
        await using var device = await fleet.Register("why1");
        var order = await fleet.CreateUpdate("why1", TestObjects.Image(10_000));

        Assert.Equal(("connected", "WAITING", "DEVICE"), await Reason("why1", order.OtaUpdateId));

        await device.Connect();
        Assert.Equal(("notified", "WAITING", "DEVICE"), await Reason("why1", order.OtaUpdateId));

        await device.Subscribe($"{device.T}/notify-next");
        var execution = (await device.Ask($"{device.T}/$next/get", "{}")).GetProperty("execution");
        var stream = device.X(execution.GetProperty("jobDocument").GetProperty("afr_ota").GetProperty("streamname").GetString()!);
        Assert.Equal(("device-words", "WAITING", "DEVICE"), await Reason("why1", order.OtaUpdateId));

        await device.Publish($"{stream}/get/json", """{"f":0,"l":4096,"o":0,"n":2}""");
        await device.NextJson($"{stream}/data/json");
        await device.NextJson($"{stream}/data/json");
        await device.Ask($"{device.T}/{order.JobId}/update", """{"status":"IN_PROGRESS","statusDetails":{"receive":"2/3"}}""");
        var answer = await Ask("why1", order.OtaUpdateId);
        Assert.StartsWith("1 request, 2 blocks sent; the last was block 1 of 3 at ", Fact(answer, "blocks"), StringComparison.Ordinal);
        Assert.Contains("2 of 3 blocks (66 %)", answer.GetProperty("summary").GetString(), StringComparison.Ordinal);

        await device.Ask($"{device.T}/{order.JobId}/update", """{"status":"FAILED","statusDetails":{"reason":"0x000000e3: 0x00000000"}}""");
        answer = await Ask("why1", order.OtaUpdateId);
        Assert.Equal(("device-words", "STOPPED", "OPERATOR"), Reason(answer));
        Assert.Equal("OtaPalSignatureCheckFailed", answer.GetProperty("deviceWords").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_push_that_was_made_is_told_and_a_refused_block_is_the_reason()
    {
        await using var device = await (await fleet.Register("why2")).Connect();
        await device.Subscribe($"{device.T}/notify-next");
        var order = await fleet.CreateUpdate("why2", TestObjects.Image(10_000));
        var document = (await device.NextJson($"{device.T}/notify-next")).GetProperty("execution").GetProperty("jobDocument").GetProperty("afr_ota");
        Assert.Equal(("document", "WAITING", "DEVICE"), await Reason("why2", order.OtaUpdateId));

        await device.Ask($"{device.T}/start-next", "{}");
        var stream = device.X(document.GetProperty("streamname").GetString()!);
        await device.Publish($"{stream}/get/json", """{"f":0,"l":17,"o":0,"n":1}""");
        await device.NextJson($"{stream}/rejected/json");

        var answer = await Ask("why2", order.OtaUpdateId);
        Assert.Equal(("blocks", "STOPPED", "OPERATOR"), Reason(answer));
        Assert.Contains("BlockSizeOutOfBounds", answer.GetProperty("summary").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_taken_away_from_the_certificate_is_the_reason()
    {
        await using var device = await fleet.Register("why3");
        var order = await fleet.CreateUpdate("why3", TestObjects.Image(1000));
        using var iot = fleet.Server.Client("iot");
        var principal = (await iot.Get("/things/why3/principals")).Json.GetProperty("principals")[0].GetString()!;

        var detached = await iot.Send("POST", "/target-policies/devices", JsonSerializer.Serialize(new { target = principal }));
        Assert.Equal(200, detached.Status);
        var answer = await Ask("why3", order.OtaUpdateId);
        Assert.Equal(("policy-connect", "STOPPED", "OPERATOR"), Reason(answer));
        Assert.All(answer.GetProperty("permissions").EnumerateArray(), permission => Assert.False(permission.GetProperty("allowed").GetBoolean()));

        Assert.Equal(200, (await iot.Send("PUT", $"/certificates/{principal.Split('/')[1]}?newStatus=INACTIVE")).Status);
        Assert.Equal(("certificate", "STOPPED", "OPERATOR"), await Reason("why3", order.OtaUpdateId));
    }

    [Fact]
    public async Task A_plain_job_and_its_place_in_the_queue_can_be_asked_about()
    {
        using var iot = fleet.Server.Client("iot");
        await using var device = await (await fleet.Register("why4")).Connect();
        await device.Subscribe($"{device.T}/notify");
        foreach (var job in (string[])["why4-a", "why4-b"])
        {
            Assert.Equal(200, (await iot.Send("PUT", $"/jobs/{job}", """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/why4"],"document":"{}"}""")).Status);
            await device.NextJson($"{device.T}/notify");
        }

        var answer = (await iot.Get("/godwit/why?thing=why4&job=why4-b")).Json;

        Assert.Equal(("queue", "STOPPED", "OPERATOR"), Reason(answer));
        Assert.StartsWith("why4 has why4-a to do first (queued since", answer.GetProperty("summary").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/godwit/why", 400, "InvalidRequestException")]
    [InlineData("/godwit/why?thing=x", 400, "InvalidRequestException")]
    [InlineData("/godwit/why?thing=x&ota=none", 404, "ResourceNotFoundException")]
    [InlineData("/godwit/why?thing=x&job=none", 404, "ResourceNotFoundException")]
    public async Task What_cannot_be_asked_is_refused(string path, int status, string exception)
    {
        using var iot = fleet.Server.Client("iot");
        var answer = await iot.Get(path);
        Assert.Equal((status, exception), (answer.Status, answer.Exception));
    }

    private async Task<JsonElement> Ask(string thing, string update)
    {
        using var iot = fleet.Server.Client("iot");
        var answer = await iot.Get($"/godwit/why?thing={thing}&ota={update}");
        Assert.Equal(200, answer.Status);
        return answer.Json;
    }

    private async Task<(string?, string?, string?)> Reason(string thing, string update) => Reason(await Ask(thing, update));

    private static (string?, string?, string?) Reason(JsonElement answer) =>
        (answer.GetProperty("reason").GetString(), answer.GetProperty("verdict").GetString(), answer.GetProperty("by").GetString());

    private static string Fact(JsonElement answer, string check) =>
        answer.GetProperty("checks").EnumerateArray().Single(one => one.GetProperty("name").GetString() == check).GetProperty("fact").GetString()!;
}
