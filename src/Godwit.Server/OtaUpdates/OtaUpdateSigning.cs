using System.Globalization;
using Godwit.Core;
using Godwit.Core.Objects;
using Godwit.Server.Objects;
using Godwit.Server.Signing;
using Godwit.Server.Streams;

namespace Godwit.Server.OtaUpdates;

/// <summary>
/// The part of a creation that is Signer's: start the jobs, wait for them, and put the raw image over the signed object, so that its key has two versions.
/// AWS: FreeRTOS user guide > OTA update with the CLI; the envelope is the older version, the image the newer.
/// </summary>
public sealed class OtaUpdateSigning(SigningJobs jobs, StartSigningJob startJob, ObjectReader objects, CopyObject copyObject)
{
    /// <summary>A job for each file that asks for one. Their tokens follow from the update, so a step that runs again finds the same jobs.</summary>
    internal async Task<Result<OtaUpdateRow>> Start(OtaUpdateRow row, CancellationToken ct)
    {
        var files = row.ReadRequest().Files;
        var signed = new List<OtaSignedFile?>(files.Count);
        for (var i = 0; i < files.Count; i++)
        {
            if (files[i].CodeSigning?.StartSigningJobParameter is not { SigningProfileName: not null } parameter)
            {
                signed.Add(files[i].CodeSigning?.AwsSignerJobId is { } known ? new OtaSignedFile(known) : null);
                continue;
            }
            var started = await Start(row, files[i], parameter, i, ct);
            if (!started.IsOk)
                return OfSigner(started.Error);
            signed.Add(new OtaSignedFile(started.Value.JobId));
        }
        return row with { Status = OtaUpdateStatus.CreateInProgress, Signing = OtaSignedFile.Write(signed), Step = OtaUpdateStep.AwaitSigning };
    }

    internal async Task<Result<OtaUpdateRow>> Await(OtaUpdateRow row, CancellationToken ct)
    {
        var (files, signed) = (row.ReadRequest().Files, row.ReadSigning.ToList());
        for (var i = 0; i < files.Count; i++)
        {
            if (signed[i] is not { } file)
                continue;
            var ended = await jobs.Ended(row.Account, file.JobId, ct);
            if (!ended.IsOk)
                return OfSigner(ended.Error);
            if (Refuse(i, ended.Value) is { } refused)
                return refused;
            signed[i] = Made(file, files[i], ended.Value);
        }
        return row with { Signing = OtaSignedFile.Write(signed), Step = OtaUpdateStep.StoreImage };
    }

    /// <summary>What a job has made of a file.</summary>
    internal static OtaSignedFile Made(OtaSignedFile file, OtaUpdateFile asked, EndedSigningJob job)
    {
        var ownObject = asked.FileLocation is not null && asked.CodeSigning!.AwsSignerJobId is not null;
        return file with
        {
            Signature = job.FileSignature,
            CertFile = job.CertName,
            Source = ownObject ? null : new S3Location(job.Source!.S3!.BucketName, job.Source.S3.Key, job.Source.S3.Version),
            Image = ownObject ? null : new S3Location(job.SignedBucket, job.SignedKey, null),
        };
    }

    /// <summary>The profile that a file is to be signed with, as it would be made if it is not there.</summary>
    internal static PutSigningProfile.Request ProfileOf(StartSigningJobParameter parameter) => new()
    {
        ProfileName = parameter.SigningProfileName!,
        PlatformId = parameter.SigningProfileParameter?.Platform ?? "",
        SigningMaterial = parameter.SigningProfileParameter?.CertificateArn is { } certificate ? new SigningMaterial { CertificateArn = certificate } : null,
        SigningParameters = parameter.SigningProfileParameter?.CertificatePathOnDevice is { } path ? new Dictionary<string, string> { [SigningJobs.CertName] = path } : null,
    };

    internal async Task<Result<OtaUpdateRow>> StoreImages(OtaUpdateRow row, CancellationToken ct)
    {
        var signed = row.ReadSigning.ToList();
        for (var i = 0; i < signed.Count; i++)
        {
            if (signed[i] is not { Image: not null } file)
                continue;
            var stored = await StoreImage(row, file, ct);
            if (!stored.IsOk)
                return stored.Error;
            signed[i] = file with { Image = file.Image with { Version = stored.Value } };
        }
        return row with { Signing = OtaSignedFile.Write(signed), Step = OtaUpdateStep.CheckObjects };
    }

    private async Task<Result<StartSigningJob.Response>> Start(OtaUpdateRow row, OtaUpdateFile file, StartSigningJobParameter parameter, int index, CancellationToken ct)
    {
        if (parameter.SigningProfileParameter is { CertificateArn: not null })
        {
            var have = await jobs.HaveProfile(row.Caller, ProfileOf(parameter), ct);
            if (!have.IsOk)
                return have.Error;
        }
        var source = file.FileLocation!.S3Location!;
        // Signer wants a version; where the caller gives none it is the newest of this moment.
        var found = source.Version is null ? await objects.Find(row.Account, source.Bucket!, source.Key!, null, ct) : (Result<ObjectFacts>?)null;
        var version = source.Version ?? (found is { IsOk: true } newest ? newest.Value.VersionId : ObjectVersion.NullId);
        var destination = parameter.Destination?.S3Destination;
        return await startJob.Handle(row.Caller, new StartSigningJob.Request
        {
            ProfileName = parameter.SigningProfileName!,
            ClientRequestToken = string.Create(CultureInfo.InvariantCulture, $"{row.Caller.IotArn(OtaUpdateStore.Resource(row.OtaUpdateId))}/{row.CreatedAtMs}/{index}/{version}"),
            Source = new Source { S3 = new S3Source { BucketName = source.Bucket!, Key = source.Key!, Version = version } },
            Destination = new Signing.Destination { S3 = new Signing.S3Destination { BucketName = destination?.Bucket ?? source.Bucket!, Prefix = destination?.Prefix } },
        }, ct);
    }

    internal static ServiceError? Refuse(int index, EndedSigningJob job)
    {
        if (!job.Succeeded)
            return Errors.InvalidRequest($"files[{index}]: signing job {job.JobId} failed: {job.StatusReason}");
        if (job.IsRevoked)
            return Errors.InvalidRequest($"files[{index}]: the signature of signing job {job.JobId} was revoked. Sign the image again with a profile that is active.");
        if (job.Source?.S3 is null || job.SignedKey is null)
            return Errors.InvalidRequest($"files[{index}]: signing job {job.JobId} signed a payload, not an object. Name a job that StartSigningJob started.");
        return job.SignedVersion == ObjectVersion.NullId
            ? Errors.InvalidRequest($"files[{index}]: bucket {job.SignedBucket} keeps no versions, so the signed object and the image cannot both lie at {job.SignedKey}. Turn versioning on with PutBucketVersioning and create the update again.")
            : null;
    }

    /// <summary>The version of the raw image over the signed object: the one that is there from a step that was cut off or from another update, or a new one.</summary>
    private async Task<Result<string>> StoreImage(OtaUpdateRow row, OtaSignedFile file, CancellationToken ct)
    {
        var (source, image) = (file.Source!, file.Image!);
        var raw = await objects.Find(row.Account, source.Bucket!, source.Key!, source.Version, ct);
        if (!raw.IsOk)
            return StreamErrors.NotAccessible(source.Bucket!, source.Key!, source.Version, raw.Error);
        var there = await objects.Find(row.Account, image.Bucket!, image.Key!, null, ct);
        if (there.IsOk && there.Value.BytesId == raw.Value.BytesId)
            return there.Value.VersionId;
        var copied = await copyObject.Handle(
            row.Caller, new CopyObject.Request(new ObjectAddress(row.Account, source.Bucket!, source.Key!, source.Version), Preconditions.None, image.Bucket!, image.Key!), ct);
        return copied.IsOk ? copied.Value.Version.VersionId : StreamErrors.NotAccessible(image.Bucket!, image.Key!, null, copied.Error);
    }

    /// <summary>Signer's refusal in the form in which AWS shows it in errorInfo.</summary>
    private static ServiceError OfSigner(ServiceError cause) =>
        cause with { Message = $"{cause.Message} (Service: AWSSigner; Status Code: {cause.Status}; Error Code: {cause.Code})" };
}
