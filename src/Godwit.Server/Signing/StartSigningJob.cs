using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Acm;
using Godwit.Server.Objects;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>
/// StartSigningJob — POST /signing-jobs. Profile and objects are checked at once; the signature follows in <see cref="SigningRunner"/>. The same clientRequestToken
/// with the same request is the same job.
/// </summary>
public sealed class StartSigningJob(Database database, SigningCatalog catalog, AcmKeys keys, ObjectReader objects, SigningBell bell, IRandomSource random)
    : IOperation<StartSigningJob.Request, StartSigningJob.Response>
{
    public sealed record Request
    {
        public required Source Source { get; init; }

        public required Destination Destination { get; init; }

        public required string ProfileName { get; init; }

        public required string ClientRequestToken { get; init; }

        public string? ProfileOwner { get; init; }
    }

    public sealed record Response(string JobId, string JobOwner);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.Source.S3 is not { } source)
            return SigningErrors.Validation("source.s3 is missing: give bucketName, key and version of the image.");
        if (request.Destination.S3 is not { BucketName: { Length: > 0 } } destination)
            return SigningErrors.Validation("destination.s3.bucketName is missing: give the bucket that the signed object goes to.");
        var looked = await database.Read<(SigningJobRow? Known, Result<SigningProfileRow> Profile)>(session => (
            SigningJobStore.FindByToken(session, caller.Account, request.ClientRequestToken),
            SigningProfileStore.FindFor(session, caller, request.ProfileName, request.ProfileOwner, "signer:StartSigningJob")), ct);
        if (looked.Known is { } known)
            return Again(known, request, source, destination);
        if (!looked.Profile.IsOk)
            return looked.Profile.Error;
        var ready = await Ready(looked.Profile.Value, ct);
        if (!ready.IsOk)
            return ready.Error;
        if (await RefuseObjects(caller, ready.Value.Platform, source, destination, ct) is { } refused)
            return refused;
        var row = Row(caller, request, source, destination, looked.Profile.Value, ready.Value.Choice, random.NewUuid());
        return await database.Change<Response>(session =>
        {
            if (SigningJobStore.FindByToken(session, caller.Account, request.ClientRequestToken) is { } other)
                return Again(other, request, source, destination);
            SigningJobStore.Insert(session, row with { CreatedAtMs = session.NowMs });
            session.AfterCommit(bell.Ring);
            return new Response(row.JobId, row.Account);
        }, ct);
    }

    /// <summary>Whether a profile may sign now, and how.</summary>
    internal async Task<Result<ReadyProfile>> Ready(SigningProfileRow profile, CancellationToken ct)
    {
        if (profile.Status != SigningProfileStatus.Active)
            return SigningErrors.Validation($"Profile {profile.ProfileName} is {profile.Status} and signs nothing any more. Make a profile under another name with PutSigningProfile.");
        if (catalog.Find(profile.PlatformId) is not { } platform)
            return SigningErrors.Validation($"Platform {profile.PlatformId} of profile {profile.ProfileName} is not among the settings any more. The platforms are {catalog.Names}.");
        var overrides = profile.ReadOverrides;
        var choice = platform.Choose(overrides?.SigningConfiguration?.EncryptionAlgorithm, overrides?.SigningConfiguration?.HashAlgorithm, overrides?.SigningImageFormat);
        if (!choice.IsOk)
            return choice.Error;
        var certificate = await keys.Find(profile.Account, profile.CertificateArn, ct);
        if (!certificate.IsOk)
            return SigningErrors.Validation($"The certificate of profile {profile.ProfileName} cannot be used: {certificate.Error.Message}");
        return new ReadyProfile(platform, choice.Value, certificate.Value);
    }

    private async Task<ServiceError?> RefuseObjects(Caller caller, SigningPlatform platform, S3Source source, S3Destination destination, CancellationToken ct)
    {
        if (platform.SignsPayloads)
            return SigningErrors.Validation($"Platform {platform.PlatformId} signs payloads, not objects. Use SignPayload, or a profile of another platform.");
        // Signer's own words and status for a source that it cannot read, whatever the cause.
        var image = await objects.Find(caller.Account, source.BucketName, source.Key, source.Version, ct);
        if (!image.IsOk)
            return SigningErrors.AccessDenied(
                $"S3 object {source.Key} not accessible. Please check your permissions (bucket {source.BucketName}, version {source.Version}: {image.Error.Code}, {image.Error.Message})");
        var key = (destination.Prefix ?? "") + new string('0', 36);
        if (ObjectHeaders.CheckKey(key) is { } tooLong)
            return SigningErrors.Validation($"destination.s3.prefix cannot be the beginning of a key: {tooLong.Message}");
        var there = await objects.Find(caller.Account, destination.BucketName!, key, null, ct);
        return there.IsOk || there.Error.Code == "NoSuchKey"
            ? null
            : SigningErrors.AccessDenied($"S3 bucket {destination.BucketName} not accessible. Please check your permissions ({there.Error.Code}, {there.Error.Message})");
    }

    private static SigningJobRow Row(Caller caller, Request request, S3Source source, S3Destination destination, SigningProfileRow profile, SigningChoice choice, string jobId) => new()
    {
        JobId = jobId,
        Account = profile.Account,
        Invoker = caller.Account,
        Region = caller.Region,
        CallerArn = caller.Arn,
        AccessKeyId = caller.AccessKeyId,
        ClientRequestToken = request.ClientRequestToken,
        Status = SigningJobStatus.InProgress,
        Step = SigningStep.Sign,
        ProfileName = profile.ProfileName,
        ProfileVersion = profile.ProfileVersion,
        PlatformId = profile.PlatformId,
        CertificateArn = profile.CertificateArn,
        Overrides = profile.Overrides,
        SigningParameters = profile.SigningParameters,
        Algorithm = choice.Algorithm.Name,
        ImageFormat = choice.ImageFormat,
        SourceBucket = source.BucketName,
        SourceKey = source.Key,
        SourceVersion = source.Version,
        DestinationBucket = destination.BucketName,
        DestinationKey = (destination.Prefix ?? "") + jobId,
    };

    private static Result<Response> Again(SigningJobRow known, Request request, S3Source source, S3Destination destination) =>
        (known.ProfileName, known.SourceBucket, known.SourceKey, known.SourceVersion, known.DestinationBucket, known.DestinationKey)
            == (request.ProfileName, source.BucketName, source.Key, source.Version, destination.BucketName, (destination.Prefix ?? "") + known.JobId)
            ? new Response(known.JobId, known.Account)
            : SigningErrors.Validation($"clientRequestToken was used for signing job {known.JobId} with another request. Give a new token.");
}

/// <summary>A profile that can sign: its platform, what it signs with, and the certificate whose key does.</summary>
internal sealed record ReadyProfile(SigningPlatform Platform, SigningChoice Choice, AcmCertificate Certificate);
