using System.Security.Cryptography;
using Godwit.Server.Objects;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Streams;
using Godwit.Server.Tests.OtaUpdates;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A22: an image that is swapped, deleted or mis-described around its signing.</summary>
public sealed class SwappedImageTests : OtaUpdateTests
{
    [Fact]
    public async Task A22_a_deleted_version_ends_the_creation_with_its_reason()
    {
        await Server.Get<PutBucketVersioning>().Handle(TestObjects.Caller, new("firmware", "Enabled"), Ct);
        var version = (await Server.Get<PutObject>().Handle(TestObjects.Caller, new("firmware", "v.bin", new MemoryStream(TestObjects.Image(100)), 100), Ct)).Value.VersionId!;
        await Server.Get<DeleteObject>().Handle(TestObjects.Caller, new("firmware", "v.bin", version), Ct);
        var update = await CreateAndFinish(Request() with { Files = [File("v.bin", version)] });
        Assert.Equal("CREATE_FAILED", update.OtaUpdateStatus);
        Assert.Contains("v.bin", update.ErrorInfo!.Message, StringComparison.Ordinal);
        Assert.Null(await FindJob());
    }

    /// <summary>With the preflight enforced nothing goes out whose signature devices would refuse.</summary>
    [Theory]
    [InlineData("of another image", "SHA256", "ECDSA", "does not verify")]
    [InlineData("of this image", "SHA-256", "ECDSA", "sig-sha-256-ecdsa")]
    [InlineData("of this image", "SHA256", "RSA", "of another kind than the signature's algorithm")]
    public async Task A22_a_signature_of_another_file_or_under_a_wrong_name_ends_the_creation_with_its_reason(string signed, string hash, string encryption, string reason)
    {
        using var signer = TestSigner.Make();
        var signature = ((ECDsa)signer.Key).SignData(TestObjects.Image(10_000, seed: signed == "of this image" ? 7 : 8), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var custom = Signed(Convert.ToBase64String(signature)).CustomCodeSigning! with
        {
            HashAlgorithm = hash, SignatureAlgorithm = encryption,
            CertificateChain = new CodeSigningCertificateChain { CertificateName = "/certs/signer.crt", InlineDocument = signer.CertificatePem },
        };
        var update = await CreateAndFinish(Request() with
        {
            AdditionalParameters = new Dictionary<string, string> { ["godwit:preflight"] = "enforce" }, Files = [File() with { CodeSigning = new CodeSigning { CustomCodeSigning = custom } }],
        });
        Assert.Equal("CREATE_FAILED", update.OtaUpdateStatus);
        Assert.Contains(reason, update.ErrorInfo!.Message, StringComparison.Ordinal);
        Assert.Null(await FindJob());
    }

    [Fact]
    public async Task A22_an_object_overwritten_after_the_creation_does_not_reach_the_stream()
    {
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Request())).OtaUpdateStatus);
        var stream = StreamOf(await Document())!;
        var before = await Server.Get<StreamCatalog>().Find(TestObjects.Caller.Account, stream, Ct);
        await Server.PutObject("firmware", "app.bin", TestObjects.Image(20_000));
        var after = await Server.Get<StreamCatalog>().Find(TestObjects.Caller.Account, stream, Ct);
        Assert.Equal(before.Value.File(0)!.Size, after.Value.File(0)!.Size);
        Assert.Equal(before.Value.File(0)!.ETag, after.Value.File(0)!.ETag);
        Assert.Equal(10_000, after.Value.File(0)!.Size);
    }
}
