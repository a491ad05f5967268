using System.Security.Cryptography;
using Godwit.Server.OtaUpdates;
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

    private CreateOtaUpdate.Request SignedOver(byte[] image, string id)
    {
        var signature = ((ECDsa)_signer.Key).SignData(image, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var signing = Signed(Convert.ToBase64String(signature));
        var custom = signing.CustomCodeSigning! with { CertificateChain = new CodeSigningCertificateChain { CertificateName = "/certs/signer.crt", InlineDocument = _signer.CertificatePem } };
        return Request(id) with { Files = [File() with { CodeSigning = new CodeSigning { CustomCodeSigning = custom } }] };
    }
}
