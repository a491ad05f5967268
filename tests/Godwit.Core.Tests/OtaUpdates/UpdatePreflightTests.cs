using Godwit.Core.OtaUpdates;
using Godwit.Core.Planning;
using Godwit.Core.Signing;

namespace Godwit.Core.Tests.OtaUpdates;

/// <summary>Each finding of the preflight, from a sound update with one thing wrong.</summary>
public sealed class UpdatePreflightTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly CertificateFacts Good = new("CN=signer", "EC_prime256v1", Now.AddYears(-1), Now.AddYears(5), true, true);

    private static readonly PreflightFile Sound = new(10_000, null, new OtaFileSignature("sig-sha256-ecdsa", "MEUC"), SignatureVerdict.Verifies, Good, true, true, 400);

    private static readonly PreflightFacts Update = new([Sound], true, 500, 5, false, Now);

    public static TheoryData<string, FindingSeverity, string> Cases => new()
    {
        { "missing", FindingSeverity.Error, "files[0].fileLocation" },
        { "empty", FindingSeverity.Error, "files[0].fileLocation" },
        { "over 24 MB by MQTT", FindingSeverity.Warning, "files[0].fileLocation" },
        { "over 4 GB", FindingSeverity.Error, "files[0].fileLocation" },
        { "no version", FindingSeverity.Info, "files[0].fileLocation.s3Location.version" },
        { "long URL", FindingSeverity.Error, "files[0].fileLocation" },
        { "unsigned", FindingSeverity.Warning, "files[0].codeSigning" },
        { "SHA-256", FindingSeverity.Warning, "files[0].codeSigning.customCodeSigning.hashAlgorithm" },
        { "no certfile", FindingSeverity.Info, "files[0].codeSigning.customCodeSigning.certificateChain.certificateName" },
        { "does not verify", FindingSeverity.Error, "files[0].codeSigning" },
        { "other key", FindingSeverity.Error, "files[0].codeSigning" },
        { "not base64", FindingSeverity.Error, "files[0].codeSigning.customCodeSigning.signature.inlineDocument" },
        { "encoded twice", FindingSeverity.Error, "files[0].codeSigning.customCodeSigning.signature.inlineDocument" },
        { "no certificate", FindingSeverity.Info, "files[0].codeSigning.customCodeSigning.certificateChain.inlineDocument" },
        { "bad certificate", FindingSeverity.Warning, "files[0].codeSigning.customCodeSigning.certificateChain.inlineDocument" },
        { "expired", FindingSeverity.Warning, "files[0].codeSigning" },
        { "expires soon", FindingSeverity.Info, "files[0].codeSigning" },
        { "not for code", FindingSeverity.Warning, "files[0].codeSigning" },
        { "Signer refuses", FindingSeverity.Error, "files[0].codeSigning" },
        { "expired before it signs", FindingSeverity.Warning, "files[0].codeSigning" },
        { "long document", FindingSeverity.Error, "files" },
        { "no targets", FindingSeverity.Warning, "targets" },
        { "no targets yet", FindingSeverity.Info, "targets" },
        { "two files", FindingSeverity.Info, "files" },
        { "role lacks", FindingSeverity.Error, "roleArn" },
        { "no time", FindingSeverity.Warning, "awsJobTimeoutConfig.inProgressTimeoutInMinutes" },
        { "little time", FindingSeverity.Info, "awsJobTimeoutConfig.inProgressTimeoutInMinutes" },
    };

    [Fact]
    public void A_sound_update_has_no_findings() => Assert.Empty(UpdatePreflight.Check(Update));

    [Fact]
    public void What_nobody_has_looked_at_is_held_against_no_update()
    {
        Assert.Empty(UpdatePreflight.Check(With(Sound with { SizeBytes = null, Verdict = null, UrlLength = null })));
        Assert.Empty(UpdatePreflight.Check(With(Sound with { SizeBytes = 1 << 20 }) with { TimeoutMinutes = 5 }));
        Assert.Empty(UpdatePreflight.Check(With(Sound with { Signature = null, Verdict = null, IsToBeSigned = true })));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void One_thing_wrong_is_one_finding_with_its_field_and_what_to_do(string what, FindingSeverity severity, string field)
    {
        var finding = Assert.Single(UpdatePreflight.Check(Wrong(what)));
        Assert.Equal((severity, field), (finding.Severity, finding.Field));
        Assert.NotEmpty(finding.Cause);
        Assert.NotEmpty(finding.Remedy);
    }

    private static PreflightFacts Wrong(string what) => what switch
    {
        "missing" => With(Sound with { Missing = "S3 object gone.bin not accessible" }),
        "empty" => With(Sound with { SizeBytes = 0 }),
        "over 24 MB by MQTT" => With(Sound with { SizeBytes = (24 << 20) + 1 }),
        "over 4 GB" => With(Sound with { SizeBytes = 1L << 32 }),
        "no version" => With(Sound with { IsVersionPinned = false }),
        "long URL" => With(Sound with { UrlLength = 1501 }),
        "unsigned" => With(Sound with { Signature = null, Verdict = null, Certificate = null }),
        "SHA-256" => With(Sound with { Signature = new OtaFileSignature("sig-sha-256-ecdsa", "MEUC"), Verdict = null }),
        "no certfile" => With(Sound with { HasCertFile = false }),
        "does not verify" => With(Sound with { Verdict = SignatureVerdict.DoesNotVerify }),
        "other key" => With(Sound with { Verdict = SignatureVerdict.OtherKey }),
        "not base64" => With(Sound with { Verdict = SignatureVerdict.NotBase64 }),
        "encoded twice" => With(Sound with { Verdict = SignatureVerdict.EncodedTwice }),
        "no certificate" => With(Sound with { Verdict = SignatureVerdict.NoCertificate, Certificate = null }),
        "bad certificate" => With(Sound with { Verdict = SignatureVerdict.BadCertificate, Certificate = null }),
        "expired" => With(Sound with { Certificate = Good with { NotAfter = Now.AddDays(-1) } }),
        "expires soon" => With(Sound with { Certificate = Good with { NotAfter = Now.AddDays(10) } }),
        "not for code" => With(Sound with { Certificate = Good with { AllowsCodeSigning = false } }),
        "Signer refuses" => With(Sound with { Signature = null, Verdict = null, Certificate = null, IsToBeSigned = true, SignerRefuses = "profile with name p does not exist" }),
        "expired before it signs" => With(Sound with { Signature = null, Verdict = null, IsToBeSigned = true, Certificate = Good with { NotAfter = Now.AddDays(-1) } }),
        "long document" => Update with { DocumentLength = UpdatePreflight.DocumentLengthMax + 1 },
        "no targets" => Update with { TargetThings = 0 },
        "no targets yet" => Update with { TargetThings = 0, Continuous = true },
        "no time" => With(Sound with { SizeBytes = 10 << 20 }) with { TimeoutMinutes = 1 },
        "little time" => With(Sound with { SizeBytes = 1 << 20 }) with { TimeoutMinutes = 4 },
        "role lacks" => Update with { RoleArn = "arn:aws:iam::000000000000:role/ota", RoleLacks = ["… is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::firmware/app.bin"] },
        "two files" => Update with { Files = [Sound, Sound] },
        _ => throw new ArgumentOutOfRangeException(nameof(what)),
    };

    private static PreflightFacts With(PreflightFile file) => Update with { Files = [file] };
}
