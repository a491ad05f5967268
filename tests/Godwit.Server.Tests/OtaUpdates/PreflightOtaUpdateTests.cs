using System.Security.Cryptography;
using Godwit.Core.Planning;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Planning;
using Godwit.Server.Signing;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.OtaUpdates;

/// <summary>The preflight of updates as they were found: signatures are checked over the image.</summary>
public sealed class PreflightOtaUpdateTests : OtaUpdateTests
{
    private readonly TestSigner _signer = TestSigner.Make();

    [Fact]
    public async Task A_signature_that_verifies_is_no_finding_and_one_over_other_bytes_is_an_error()
    {
        await CreateAndFinish(SignedOver(TestObjects.Image(10_000), "rel42"));
        var good = (await Server.Get<PreflightOtaUpdate>().Handle(TestObjects.Caller, "rel42", Ct)).Value;
        Assert.True(good.Passes);
        Assert.DoesNotContain(good.Findings, finding => finding.Severity == "error");

        await CreateAndFinish(SignedOver(TestObjects.Image(10_000, seed: 8), "rel43"));
        var bad = (await Server.Get<PreflightOtaUpdate>().Handle(TestObjects.Caller, "rel43", Ct)).Value;
        Assert.False(bad.Passes);
        Assert.Contains(bad.Findings, finding => finding.Cause.Contains("does not verify", StringComparison.Ordinal) && finding.Field == "files[0].codeSigning");
        Assert.Equal("ResourceNotFoundException", (await Server.Get<PreflightOtaUpdate>().Handle(TestObjects.Caller, "nobody", Ct)).Error?.Code);
    }

    [Fact]
    public async Task Enforced_it_ends_the_creation_before_there_is_a_stream_or_a_job()
    {
        var enforced = new Dictionary<string, string> { ["godwit:preflight"] = "enforce" };
        var failed = await CreateAndFinish(SignedOver(TestObjects.Image(10_000, seed: 8), "rel42") with { AdditionalParameters = enforced });
        Assert.Equal(("CREATE_FAILED", "InvalidRequestException"), (failed.OtaUpdateStatus, failed.ErrorInfo?.Code));
        Assert.Contains("does not verify", failed.ErrorInfo!.Message, StringComparison.Ordinal);
        Assert.Empty(await Streams());
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(SignedOver(TestObjects.Image(10_000), "rel43") with { AdditionalParameters = enforced })).OtaUpdateStatus);
        Assert.Contains("godwit:preflight", (await Create(Request("rel44") with { AdditionalParameters = new Dictionary<string, string> { ["godwit:preflight"] = "maybe" } })).Error?.Message, StringComparison.Ordinal);
    }

    /// <summary>The same rules, asked before the update is sent: the plan looks at what is there now.</summary>
    [Fact]
    public async Task A_plan_finds_what_the_preflight_would_find_of_image_signature_and_profile()
    {
        Assert.DoesNotContain(await Planned(SignedOver(TestObjects.Image(10_000), "rel42")), finding => finding.Severity == FindingSeverity.Error);
        Assert.Contains(await Planned(SignedOver(TestObjects.Image(10_000, seed: 8), "rel42")), finding => finding.Cause.Contains("does not verify", StringComparison.Ordinal));
        Assert.Contains(await Planned(Request() with { Files = [File("gone.bin")] }), finding => finding is { Field: "files[0].fileLocation", Severity: FindingSeverity.Error } && finding.Cause.Contains("gone.bin", StringComparison.Ordinal));

        var start = new StartSigningJobParameter { SigningProfileName = "fleet_signer" };
        Assert.Contains(await Planned(Starting(start)), finding => finding is { Field: "files[0].codeSigning", Severity: FindingSeverity.Error } && finding.Cause.Contains("fleet_signer", StringComparison.Ordinal));
        var missing = start with { SigningProfileParameter = new SigningProfileParameter { CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/none", Platform = "AmazonFreeRTOS-Default" } };
        Assert.Contains(await Planned(Starting(missing)), finding => finding.Cause.Contains("certificate/none", StringComparison.Ordinal));
        await Server.Get<PutSigningProfile>().Handle(TestObjects.Caller, new PutSigningProfile.Request { ProfileName = "fleet_signer", PlatformId = "AmazonFreeRTOS-Default" }, Ct);
        Assert.DoesNotContain(await Planned(Starting(start)), finding => finding.Severity == FindingSeverity.Error || finding.Field.StartsWith("files[0].codeSigning.startSigningJobParameter", StringComparison.Ordinal));
        Assert.Contains(await Planned(Request() with { Files = [new OtaUpdateFile { CodeSigning = new CodeSigning { AwsSignerJobId = "no-job" } }] }), finding => finding.Cause.Contains("no-job", StringComparison.Ordinal));
        // Nothing was made for it.
        Assert.Equal(0, await Server.Get<Database>().Read(s => s.First<long>("SELECT (SELECT COUNT(*) FROM signing_job) + (SELECT COUNT(*) FROM ota_update)"), Ct));
    }

    [Fact]
    public async Task A_plan_measures_the_document_and_the_URLs_that_devices_would_get()
    {
        var many = Request() with { Files = [.. Enumerable.Range(0, 40).Select(_ => File() with { FileName = new string('n', 1000) })] };
        Assert.Contains(await Planned(many), finding => finding is { Field: "files", Severity: FindingSeverity.Error } && finding.Cause.Contains("32768", StringComparison.Ordinal));
        var wide = string.Concat(Enumerable.Repeat("ü", 500));
        await Server.PutObject("firmware", wide, TestObjects.Image(100));
        var byHttp = Request() with { Protocols = ["HTTP"], Files = [File(wide)] };
        Assert.Contains(await Planned(byHttp), finding => finding is { Field: "files[0].fileLocation", Severity: FindingSeverity.Error } && finding.Cause.Contains("1500", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_service_a_plan_tells_what_stands_in_the_request()
    {
        var update = Request() with { Files = [File() with { CodeSigning = Signed("-----BEGIN", "SHA-256") }] };
        var found = PlanOtaUpdate.Plan(update, 5, FleetModel.Default, 1, DateTimeOffset.UnixEpoch).Map(report => PlanOtaUpdate.WithRequest(report, update, DateTimeOffset.UnixEpoch)).Value.Findings;
        Assert.Contains(found, finding => finding.Field == "files[0].codeSigning.customCodeSigning.hashAlgorithm");
        Assert.Contains(found, finding => finding.Field == "files[0].codeSigning.customCodeSigning.signature.inlineDocument");
        Assert.Contains(found, finding => finding.Field == "files[0].fileLocation.s3Location.version");
        Assert.Contains(found, finding => finding.Field == "awsJobAbortConfig");
    }

    private static CreateOtaUpdate.Request Starting(StartSigningJobParameter start) => Request() with { Files = [File() with { CodeSigning = new CodeSigning { StartSigningJobParameter = start } }] };

    private async Task<IReadOnlyList<Finding>> Planned(CreateOtaUpdate.Request update) =>
        (await Server.Get<PlanOtaUpdate>().Handle(TestObjects.Caller, new PlanOtaUpdate.Request(update, 1, FleetModel.Default, 1), Ct)).Value.Findings;

    private CreateOtaUpdate.Request SignedOver(byte[] image, string id)
    {
        var signature = ((ECDsa)_signer.Key).SignData(image, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var signing = Signed(Convert.ToBase64String(signature));
        var custom = signing.CustomCodeSigning! with { CertificateChain = new CodeSigningCertificateChain { CertificateName = "/certs/signer.crt", InlineDocument = _signer.CertificatePem } };
        return Request(id) with { Files = [File() with { CodeSigning = new CodeSigning { CustomCodeSigning = custom } }] };
    }
}
