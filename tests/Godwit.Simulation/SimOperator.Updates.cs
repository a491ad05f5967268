using System.Globalization;
using Godwit.Core.Signing;
using Godwit.Server.Acm;
using Godwit.Server.Objects;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Streams;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Simulation;

/// <summary>
/// Updates by CreateOTAUpdate: images in a bucket, signed by the operator or by the service, streams, jobs, and their deletion. Some are bound to fail, and it is
/// known beforehand which.
/// </summary>
internal sealed partial class SimOperator
{
    private const string Bucket = "fw-sim", Key = "app.bin";

    /// <summary>The versions of the two images at the one key; the second lies over the first.</summary>
    private readonly string?[] _versions = new string?[2];

    private string _certificateArn = "";

    /// <summary>Versions of objects that were asked to be removed.</summary>
    public HashSet<string> Removes { get; } = new(StringComparer.Ordinal);

    private void PlanUpdates(TimeSpan within)
    {
        // Named beforehand, for whoever picks a job.
        _jobs.Add("AFR_OTA-u2");
        Upload(() =>
        {
            PlanUpdate(new SimUpdate("u2", 0), TimeSpan.FromSeconds(_random.Between(1, 20)), within);
            if (_random.Chance(0.4))
                PlanUpdate(new SimUpdate("u3", 1), _random.Time(TimeSpan.FromSeconds(20), within), within);
            if (_random.Chance(0.2))
                PlanUpdate(new SimUpdate("u-lost", 0) { Refusal = "ResourceNotFoundException" }, Moment(within), within);
            if (_random.Chance(0.2))
                PlanUpdate(new SimUpdate("u-nobody", 0) { Refusal = "ResourceNotFoundException" }, Moment(within), within);
            if (_random.Chance(0.2))
                PlanTaken(within);
            if (_random.Chance(0.1))
                _world.Agenda.In(Moment(within), RemoveImage);
        });
    }

    private void Upload(Action done)
    {
        Do<CreateBucket, CreateBucket.Request, CreateBucket.Response>("make the bucket", new CreateBucket.Request(Bucket, null), _ =>
            Do<PutBucketVersioning, PutBucketVersioning.Request, Core.Nothing>("keep versions", new PutBucketVersioning.Request(Bucket, "Enabled"), _ =>
                Put(0, () => Put(1, () => Do<ImportCertificate, ImportCertificate.Request, ImportCertificate.Response>(
                    "import the certificate", new ImportCertificate.Request { Certificate = SimImage.CertificatePem, PrivateKey = SimImage.KeyPem }, imported =>
                    {
                        _certificateArn = imported.CertificateArn;
                        done();
                    })))));
    }

    private void Put(int image, Action done) => Ask(
        $"put image {image}",
        s => s.GetRequiredService<PutObject>().Handle(s_caller, new PutObject.Request(Bucket, Key, new MemoryStream(SimImage.Large[image]), SimImage.Large[image].Length), CancellationToken.None),
        stored =>
        {
            _versions[image] = stored.VersionId!;
            done();
        });

    private void PlanUpdate(SimUpdate update, TimeSpan at, TimeSpan within)
    {
        var request = Describe(update);
        update = update with { Signed = request.Files[0].CodeSigning!.StartSigningJobParameter is not null };
        _world.Invariants.Expect(update);
        if (update.Id == "u3")
            _jobs.Add("AFR_OTA-u3");
        _world.Agenda.In(at, () => Create(request));
        // The same again must be refused, or be the first after a deletion.
        if (_random.Chance(0.5))
            _world.Agenda.In(at + Moment(within), () => Create(request));
        for (var i = 0; i < _random.Pick(0, 0, 1, 2); i++)
            _world.Agenda.In(at + Moment(within), () => Delete(update.Id));
    }

    /// <summary>Somebody else has a job of the name that the update's would have.</summary>
    private void PlanTaken(TimeSpan within)
    {
        var update = new SimUpdate("u-taken", 0) { Refusal = "ResourceAlreadyExistsException" };
        PlanJob("AFR_OTA-u-taken", TimeSpan.FromSeconds(1), () => PlanUpdate(update, Moment(within), within));
    }

    private void Create(CreateOtaUpdate.Request request)
    {
        // It goes wrong most often where nobody would look: between two of its steps.
        if (_world.Faults.On && _random.Chance(0.4))
            _world.Faults.KillServer(_random.Between(1, 120));
        Ask(
            "create update " + request.OtaUpdateId,
            s => s.GetRequiredService<CreateOtaUpdate>().Handle(s_caller, request, CancellationToken.None),
            _ => _world.Invariants.OnUpdateCreated(request.OtaUpdateId));
    }

    private void Delete(string update)
    {
        if (_world.Faults.On && _random.Chance(0.4))
            _world.Faults.KillServer(_random.Between(1, 60));
        Do<DeleteOtaUpdate, DeleteOtaUpdate.Request, Core.Nothing>(
            "delete update " + update, new DeleteOtaUpdate.Request { OtaUpdateId = update, DeleteStream = _random.Chance(0.7), ForceDeleteAWSJob = _random.Chance(0.6) }, null);
    }

    private void RemoveImage()
    {
        Removes.Add(_versions[0]!);
        Do<DeleteObject, DeleteObject.Request, DeleteObject.Response>("remove image 0", new DeleteObject.Request(Bucket, Key, _versions[0]), null);
    }

    private CreateOtaUpdate.Request Describe(SimUpdate update)
    {
        var signed = update.Id == "u-nobody" || (update.Refusal is null && _random.Chance(0.4));
        return new CreateOtaUpdate.Request
        {
            OtaUpdateId = update.Id,
            Targets = [s_caller.IotArn("thinggroup/ota")],
            TargetSelection = _random.Chance(0.3) ? "CONTINUOUS" : null,
            RoleArn = $"arn:aws:iam::{World.Account}:role/ota",
            AwsJobExecutionsRolloutConfig = Rate(),
            AwsJobAbortConfig = _random.Chance(0.3) ? new AwsJobAbortConfig { AbortCriteriaList = [Criterion()] } : null,
            AwsJobTimeoutConfig = new Server.Jobs.TimeoutConfig { InProgressTimeoutInMinutes = _random.Between(3, 10) },
            AdditionalParameters = Parameters(),
            Files =
            [
                new OtaUpdateFile
                {
                    FileName = "/fw/app.bin",
                    FileVersion = (update.Image + 2).ToString(CultureInfo.InvariantCulture),
                    FileLocation = new FileLocation { S3Location = new S3Location(Bucket, update.Id == "u-lost" ? "lost.bin" : Key, update.Id == "u-lost" ? null : _versions[update.Image]) },
                    CodeSigning = signed ? SignedByService(update.Id == "u-nobody") : SignedBefore(update.Image),
                },
            ],
        };
    }

    private Dictionary<string, string>? Parameters()
    {
        var asked = new Dictionary<string, string>();
        if (_random.Chance(0.2))
            asked.Add("godwit:maxInFlight", _random.Between(2, 12).ToString(CultureInfo.InvariantCulture));
        if (_random.Chance(0.2))
            asked.Add("godwit:shuffle", _random.Below(1000).ToString(CultureInfo.InvariantCulture));
        return asked.Count == 0 ? null : asked;
    }

    private static CodeSigning SignedBefore(int image) => new()
    {
        CustomCodeSigning = new CustomCodeSigning
        {
            Signature = new CodeSigningSignature { InlineDocument = SimImage.SignatureOfLarge(image) },
            CertificateChain = new CodeSigningCertificateChain { CertificateName = "/certs/sign.crt" },
            HashAlgorithm = "SHA256",
            SignatureAlgorithm = "ECDSA",
        },
    };

    private CodeSigning SignedByService(bool unknown) => new()
    {
        StartSigningJobParameter = new StartSigningJobParameter
        {
            SigningProfileName = unknown ? "nobody" : "sim_signer",
            SigningProfileParameter = unknown ? null : new SigningProfileParameter { CertificateArn = _certificateArn, Platform = SigningPlatforms.FreeRtos, CertificatePathOnDevice = "/certs/sign.crt" },
            Destination = new Destination { S3Destination = new S3Destination { Bucket = Bucket, Prefix = "signed/" } },
        },
    };

    private void Do<TOperation, TRequest, TResponse>(string what, TRequest request, Action<TResponse>? done)
        where TOperation : Server.IOperation<TRequest, TResponse> =>
        Ask(what, s => s.GetRequiredService<TOperation>().Handle(s_caller, request, CancellationToken.None), done);
}

/// <summary>An update that the operator means to create, and what must become of it.</summary>
internal sealed record SimUpdate(string Id, int Image)
{
    /// <summary>The error that must end its creation; null where it must be complete.</summary>
    public string? Refusal { get; init; }

    /// <summary>By a signing job that it starts.</summary>
    public bool Signed { get; init; }
}
