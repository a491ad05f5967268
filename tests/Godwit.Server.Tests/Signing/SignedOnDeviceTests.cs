using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Godwit.Core.Signing;
using Godwit.Fleet;
using Godwit.Fleet.Agents;
using Godwit.Server.Tests.Acm;

namespace Godwit.Server.Tests.Signing;

/// <summary>Signing to its end: a certificate of ACM, a profile, CreateOTAUpdate with startSigningJobParameter, and a device that has only the signer's public key.</summary>
public sealed class SignedOnDeviceTests(SigningFleet fleet) : IClassFixture<SigningFleet>
{
    [Theory]
    [InlineData("P-256", SigningPlatforms.FreeRtos, null, "MQTT", Personality.Classic)]
    [InlineData("P-256", SigningPlatforms.FreeRtos, null, "HTTP", Personality.Classic)]
    [InlineData("P-256", SigningPlatforms.FreeRtos, null, "MQTT", Personality.Modular)]
    [InlineData("2048", SigningPlatforms.FreeRtos, "RSA", "MQTT", Personality.Classic)]
    [InlineData("2048", SigningPlatforms.FreeRtos, "RSA", "HTTP", Personality.Classic)]
    [InlineData("2048", SigningPlatforms.TexasInstruments, null, "HTTP", Personality.Classic)]
    public async Task A_device_verifies_what_Signer_signed_and_starts_it(string key, string platform, string? encryption, string protocol, Personality personality)
    {
        using var signer = TestSigner.Make(key);
        using var known = signer.PublicKey();
        var (end, execution) = await fleet.Update(SigningFleet.Started(await fleet.Upload(), await Profile(signer, platform, encryption)), known, protocol, personality);
        Assert.True(end.Phase == DevicePhase.Succeeded, end.Detail);
        Assert.Equal("SUCCEEDED", execution);
    }

    [Theory]
    [InlineData("P-256", null, "MQTT")]
    [InlineData("2048", "RSA", "HTTP")]
    public async Task An_image_that_is_not_the_one_that_was_signed_is_refused_by_the_device(string key, string? encryption, string protocol)
    {
        using var signer = TestSigner.Make(key);
        using var known = signer.PublicKey();
        var profile = await Profile(signer, SigningPlatforms.FreeRtos, encryption);
        var signed = await fleet.Upload();
        var job = (await fleet.Call("signer", HttpMethod.Post, "/signing-jobs", new JsonObject
        {
            ["profileName"] = profile,
            ["clientRequestToken"] = profile,
            ["source"] = new JsonObject { ["s3"] = new JsonObject { ["bucketName"] = SigningFleet.Bucket, ["key"] = signed["key"]!.DeepClone(), ["version"] = signed["version"]!.DeepClone() } },
            ["destination"] = new JsonObject { ["s3"] = new JsonObject { ["bucketName"] = SigningFleet.Bucket } },
        }))["jobId"]!.GetValue<string>();

        // The signature is true, and of another image: the update names the job and an object that differs in one bit.
        var file = new JsonObject
        {
            ["fileLocation"] = new JsonObject { ["s3Location"] = await fleet.Upload(spoilt: true) },
            ["codeSigning"] = new JsonObject { ["awsSignerJobId"] = job },
        };
        var (end, execution) = await fleet.Update(file, known, protocol);
        Assert.Equal((DevicePhase.Failed, "0x000000e3: 0x00000000", "FAILED"), (end.Phase, end.Detail, execution));
    }

    [Fact]
    public async Task A_device_refuses_what_another_signer_signed()
    {
        using var signer = TestSigner.Make();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (end, execution) = await fleet.Update(SigningFleet.Started(await fleet.Upload(), await Profile(signer, SigningPlatforms.FreeRtos, null)), other, "MQTT");
        Assert.Equal((DevicePhase.Failed, "0x000000e3: 0x00000000", "FAILED"), (end.Phase, end.Detail, execution));
    }

    private async Task<string> Profile(TestSigner signer, string platform, string? encryption) => await fleet.Profile(await fleet.Server.Import(signer), platform, encryption);
}
