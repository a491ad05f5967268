using System.Text;
using System.Text.Json;
using Godwit.Core.Signing;
using Godwit.Server.Acm;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Signing;
using Godwit.Server.Storage;
using Godwit.Server.Streams;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.OtaUpdates;

/// <summary>Updates whose images Signer signs: by a job that is started, or by one that has run.</summary>
public sealed class SignedOtaUpdateTests : OtaUpdateTests
{
    private readonly TestSigner _signer = TestSigner.Make();
    private readonly byte[] _image = TestObjects.Image(10_001);
    private string _version = "", _certificateArn = "";

    public static TheoryData<string> Points => [.. ((string[])["Sign", "AwaitSigning", "StoreImage", "CheckObjects"]).SelectMany(step => (string[])[$"before {step}", $"after {step}"])];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Server.MakeBucket("versioned", versioned: true);
        _version = await Server.PutObject("versioned", "app.bin", _image);
        var imported = await Server.Get<ImportCertificate>().Handle(
            TestObjects.Caller, new ImportCertificate.Request { Certificate = Encoding.ASCII.GetBytes(_signer.CertificatePem), PrivateKey = Encoding.ASCII.GetBytes(_signer.KeyPem) }, Ct);
        _certificateArn = imported.Value.CertificateArn;
    }

    [Theory]
    [InlineData("MQTT")]
    [InlineData("HTTP")]
    public async Task A_job_is_started_and_its_signature_and_the_raw_image_go_to_devices(string protocol)
    {
        var update = await CreateAndFinish(Started() with { Protocols = [protocol] });
        Assert.True(update.OtaUpdateStatus == "CREATE_COMPLETE", update.ErrorInfo?.Message);

        var file = JsonDocument.Parse(await Document()).RootElement.GetProperty("afr_ota").GetProperty("files")[0];
        Assert.Equal("/certs/signer.crt", file.GetProperty("certfile").GetString());
        Assert.Equal(_image.Length, file.GetProperty("filesize").GetInt32());
        Assert.True(_signer.Made(_image, file.GetProperty("sig-sha256-ecdsa").GetBytesFromBase64(), "SHA256"));

        // The signed object's key has two versions: the image that devices get, and the envelope below it.
        var jobId = update.OtaUpdateFiles[0].CodeSigning!.AwsSignerJobId!;
        var versions = await Versions($"signed/{jobId}");
        Assert.Equal(2, versions.Count);
        Assert.Equal(_image, await Read(versions[0]));
        Assert.StartsWith("{\"rawPayloadSize\":10001,", Encoding.UTF8.GetString(await Read(versions[1])), StringComparison.Ordinal);
        if (protocol == "MQTT")
        {
            var stream = await Server.Get<StreamCatalog>().Find(TestObjects.Caller.Account, StreamOf(await Document())!, Ct);
            Assert.Equal(($"signed/{jobId}", versions[0].VersionId), (stream.Value.File(0)!.Key, stream.Value.File(0)!.Version));
        }
        else
        {
            Assert.Contains(Uri.EscapeDataString($"signed/{jobId}?versionId={versions[0].VersionId}"), file.GetProperty("update_data_url").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_profile_of_the_same_content_is_used_again_and_one_of_another_is_refused_with_a_remedy()
    {
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Started())).OtaUpdateStatus);
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Started("rel43"))).OtaUpdateStatus);
        var other = Started("rel44");
        var start = other.Files[0].CodeSigning!.StartSigningJobParameter!;
        other = other with
        {
            Files = [other.Files[0] with { CodeSigning = new CodeSigning { StartSigningJobParameter = start with { SigningProfileParameter = start.SigningProfileParameter! with { CertificatePathOnDevice = "/other" } } } }],
        };
        var failed = await CreateAndFinish(other);
        Assert.Equal(("CREATE_FAILED", "ValidationException"), (failed.OtaUpdateStatus, failed.ErrorInfo?.Code));
        Assert.Contains("another signingProfileName", failed.ErrorInfo!.Message, StringComparison.Ordinal);
        // Named alone, it is used as it is.
        var named = Started("rel45");
        named = named with { Files = [named.Files[0] with { CodeSigning = new CodeSigning { StartSigningJobParameter = start with { SigningProfileParameter = null } } }] };
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(named)).OtaUpdateStatus);
    }

    [Fact]
    public async Task A_job_that_has_run_is_taken_with_its_own_object_or_with_the_one_that_the_update_names()
    {
        var first = await CreateAndFinish(Started());
        var jobId = first.OtaUpdateFiles[0].CodeSigning!.AwsSignerJobId!;
        var alone = Request("rel43") with { Files = [new OtaUpdateFile { FileName = "/fw/app.bin", CodeSigning = new CodeSigning { AwsSignerJobId = jobId } }] };
        var update = await CreateAndFinish(alone);
        Assert.True(update.OtaUpdateStatus == "CREATE_COMPLETE", update.ErrorInfo?.Message);
        // The raw image is there already and is not written again.
        Assert.Equal(2, (await Versions($"signed/{jobId}")).Count);
        Assert.Equal(Signature(await Document()), Signature(await Document("rel43")));

        var named = Request("rel44") with { Files = [File("app.bin", _version, "versioned") with { CodeSigning = new CodeSigning { AwsSignerJobId = jobId } }] };
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(named)).OtaUpdateStatus);
        Assert.Equal("/certs/signer.crt", JsonDocument.Parse(await Document("rel44")).RootElement.GetProperty("afr_ota").GetProperty("files")[0].GetProperty("certfile").GetString());

        await Server.Get<RevokeSignature>().Handle(TestObjects.Caller, new RevokeSignature.Request { JobId = jobId, Reason = "leaked" }, Ct);
        var revoked = await CreateAndFinish(alone with { OtaUpdateId = "rel45" });
        Assert.Equal(("CREATE_FAILED", "InvalidRequestException"), (revoked.OtaUpdateStatus, revoked.ErrorInfo?.Code));
        Assert.Contains("revoked", revoked.ErrorInfo!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_Signer_refuses_ends_in_CREATE_FAILED_with_its_code_and_words()
    {
        var missing = Started() with { Files = [Started().Files[0] with { FileLocation = new FileLocation { S3Location = new S3Location("versioned", "gone.bin", "v1") } }] };
        var failed = await CreateAndFinish(missing);
        Assert.Equal(("CREATE_FAILED", "AccessDeniedException"), (failed.OtaUpdateStatus, failed.ErrorInfo?.Code));
        Assert.StartsWith("S3 object gone.bin not accessible. Please check your permissions", failed.ErrorInfo!.Message, StringComparison.Ordinal);
        Assert.Contains("(Service: AWSSigner; Status Code: 403; Error Code: AccessDeniedException)", failed.ErrorInfo.Message, StringComparison.Ordinal);

        var nobody = Started("rel43") with { Files = [Started().Files[0] with { CodeSigning = new CodeSigning { StartSigningJobParameter = new StartSigningJobParameter { SigningProfileName = "nobody" } } }] };
        Assert.Equal("ResourceNotFoundException", (await CreateAndFinish(nobody)).ErrorInfo?.Code);
        var job = Request("rel44") with { Files = [new OtaUpdateFile { CodeSigning = new CodeSigning { AwsSignerJobId = "no-job" } }] };
        Assert.Equal("ResourceNotFoundException", (await CreateAndFinish(job)).ErrorInfo?.Code);
        Assert.Empty(await Streams());

        // A bucket without versions cannot hold both the envelope and the image.
        var flat = Started("rel45", "firmware");
        flat = flat with { Files = [flat.Files[0] with { FileLocation = new FileLocation { S3Location = new S3Location("firmware", "app.bin") } }] };
        var unversioned = await CreateAndFinish(flat);
        Assert.Equal(("CREATE_FAILED", "InvalidRequestException"), (unversioned.OtaUpdateStatus, unversioned.ErrorInfo?.Code));
        Assert.Contains("PutBucketVersioning", unversioned.ErrorInfo!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_Signer_does_not_take_is_refused_at_once()
    {
        var start = Started().Files[0].CodeSigning!.StartSigningJobParameter!;
        foreach (var wrong in (StartSigningJobParameter[])[start with { SigningProfileName = "my-profile" }, start with { SigningProfileName = null },
            start with { SigningProfileParameter = start.SigningProfileParameter! with { Platform = null } }, start with { SigningProfileParameter = start.SigningProfileParameter! with { CertificateArn = null } }])
        {
            var refused = await Create(Started() with { Files = [Started().Files[0] with { CodeSigning = new CodeSigning { StartSigningJobParameter = wrong } }] });
            Assert.Equal("InvalidRequestException", refused.Error?.Code);
        }
        var noObject = await Create(Request() with { Files = [new OtaUpdateFile { CodeSigning = Started().Files[0].CodeSigning }] });
        Assert.Contains("s3Location", noObject.Error?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_creation_that_was_cut_off_signs_and_stores_once(string point)
    {
        var reached = new TaskCompletionSource();
        Server.Get<OtaUpdateCreation>().Seam = (at, _) =>
        {
            if (at != point)
                return;
            reached.TrySetResult();
            throw new OperationCanceledException();
        };
        await Create(Started());
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        await Server.Restart();
        var update = await Finished();
        Assert.True(update!.OtaUpdateStatus == "CREATE_COMPLETE", update.ErrorInfo?.Message);
        Assert.Equal(1, await Count("SELECT COUNT(*) FROM signing_job"));
        Assert.Equal(1, await Count("SELECT COUNT(*) FROM signing_profile"));
        Assert.Equal(2, (await Versions($"signed/{update.OtaUpdateFiles[0].CodeSigning!.AwsSignerJobId}")).Count);
        Assert.Equal(1, await Count("SELECT COUNT(*) FROM journal WHERE kind = 'CreateJob'"));
    }

    private CreateOtaUpdate.Request Started(string id = "rel42", string bucket = "versioned") => Request(id) with
    {
        Files =
        [
            new OtaUpdateFile
            {
                FileName = "/fw/app.bin",
                FileLocation = new FileLocation { S3Location = new S3Location("versioned", "app.bin", _version) },
                CodeSigning = new CodeSigning
                {
                    StartSigningJobParameter = new StartSigningJobParameter
                    {
                        SigningProfileName = "fleet_signer",
                        SigningProfileParameter = new SigningProfileParameter { CertificateArn = _certificateArn, Platform = SigningPlatforms.FreeRtos, CertificatePathOnDevice = "/certs/signer.crt" },
                        Destination = new Godwit.Server.OtaUpdates.Destination { S3Destination = new Godwit.Server.OtaUpdates.S3Destination { Bucket = bucket, Prefix = "signed/" } },
                    },
                },
            },
        ],
    };

    private static string? Signature(string document) =>
        JsonDocument.Parse(document).RootElement.GetProperty("afr_ota").GetProperty("files")[0].GetProperty("sig-sha256-ecdsa").GetString();

    /// <summary>Newest first.</summary>
    private Task<List<ObjectVersion>> Versions(string key) => Server.Get<Database>().Read(
        s => s.Query<ObjectVersion>("SELECT version_id, bytes_id, size_bytes FROM object_version WHERE bucket = 'versioned' AND object_key = @key ORDER BY seq DESC", new { key }), Ct);

    private async Task<byte[]> Read(ObjectVersion version)
    {
        using var lease = await Server.Get<IObjectBytes>().Map(version.Bytes, Ct);
        return lease.Memory.ToArray();
    }

    private Task<long> Count(string sql) => Server.Get<Database>().Read(s => s.First<long>(sql), Ct);
}
