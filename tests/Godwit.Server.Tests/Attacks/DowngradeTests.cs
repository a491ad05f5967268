using System.Text.Json.Nodes;
using Godwit.Fleet;
using Godwit.Fleet.Images;
using Godwit.Server.Tests.Acm;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A23: an image that is rightly signed and yet the wrong one: older than what runs, or for other hardware.</summary>
public sealed class DowngradeTests(SigningFleet fleet) : IClassFixture<SigningFleet>
{
    [Theory]
    [InlineData(1, "rejected: 0x0000000f")]
    [InlineData(2, "rejected: 0x00000010")]
    public async Task A23_an_older_image_or_the_same_is_refused_by_the_device_however_well_it_is_signed(ushort build, string reason)
    {
        using var signer = TestSigner.Make();
        var profile = await fleet.Profile(await fleet.Server.Import(signer), "AmazonFreeRTOS-Default", null);
        var image = await fleet.Upload(version: new FirmwareVersion(0, 9, build));
        var (end, execution) = await fleet.Update(SigningFleet.Started(image, profile), signer.Key, "MQTT");
        Assert.Equal((DevicePhase.Failed, reason, "FAILED"), (end.Phase, end.Detail, execution));
    }

    [Fact]
    public async Task A23_an_update_for_one_hardware_reaches_no_thing_of_another_and_one_that_changes_its_hardware_loses_it()
    {
        using var iot = fleet.Server.Client("iot");
        await Ok(iot.Send("POST", "/indexing/config", """{"thingIndexingConfiguration":{"thingIndexingMode":"REGISTRY"}}"""));
        foreach (var (thing, hardware) in ((string, string)[])[("hw-a", "rev3"), ("hw-b", "rev2"), ("hw-c", "rev33")])
            await Ok(iot.Send("POST", $"/things/{thing}", new JsonObject { ["attributePayload"] = new JsonObject { ["attributes"] = new JsonObject { ["hw"] = hardware } } }.ToJsonString()));
        var group = (await Ok(iot.Send("POST", "/dynamic-thing-groups/rev3", """{"queryString":"attributes.hw:rev3"}"""))).Json.GetProperty("thingGroupArn").GetString();
        await Ok(iot.Send("PUT", "/jobs/for-rev3", new JsonObject { ["targets"] = new JsonArray(group), ["document"] = "{}", ["targetSelection"] = "CONTINUOUS" }.ToJsonString()));
        await Until(iot, ["hw-a"]);
        Assert.Equal(404, (await iot.Get("/things/hw-b/jobs/for-rev3")).Status);
        Assert.Equal(404, (await iot.Get("/things/hw-c/jobs/for-rev3")).Status);

        await Ok(iot.Send("PATCH", "/things/hw-b", """{"attributePayload":{"attributes":{"hw":"rev3"},"merge":true}}"""));
        await Ok(iot.Send("PATCH", "/things/hw-a", """{"attributePayload":{"attributes":{"hw":"rev2"},"merge":true}}"""));
        await Until(iot, ["hw-b"]);
    }

    private static async Task<Answer> Ok(Task<Answer> call)
    {
        var answer = await call;
        Assert.True(answer.Status == 200, answer.Text);
        return answer;
    }

    /// <summary>Membership reaches a job within five seconds; the runner's own bell rings for it.</summary>
    private async Task Until(SignedClient iot, string[] things)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            await fleet.Server.Get<Godwit.Server.Jobs.JobRunner>().RunDue(patience.Token);
            var listed = (await Ok(iot.Get("/jobs/for-rev3/things"))).Json.GetProperty("executionSummaries").EnumerateArray()
                .Where(one => one.GetProperty("jobExecutionSummary").GetProperty("status").GetString() is "QUEUED" or "IN_PROGRESS")
                .Select(one => one.GetProperty("thingArn").GetString()!.Split('/')[1]).Order();
            if (listed.SequenceEqual(things))
                return;
        }
    }
}
