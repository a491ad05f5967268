using System.Security.Cryptography;
using Godwit.Core;
using Godwit.Core.Objects;
using Godwit.Core.Signing;
using Godwit.Server.Acm;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>
/// A signing job, one recorded step at a time: sign, then write the signed object. The signature is stored before the object is written, and the object's key
/// holds the job's id, so a step that ran but was not recorded finds its own work when it runs again.
/// </summary>
public sealed class SigningSteps(Database database, SigningCatalog catalog, AcmKeys keys, ObjectReader objects, PutObject putObject, IObjectBytes bytes, ImageDigest digest, TimeProvider time)
{
    /// <summary>Called around each step; a test that ends the process here throws.</summary>
    internal Action<string>? Seam { get; set; }

    /// <summary>Takes the row's next step and records what came of it; false if the row had been moved by someone else.</summary>
    internal async Task<bool> Take(SigningJobRow row, CancellationToken ct)
    {
        Seam?.Invoke($"before {row.Step}");
        var taken = row.Step switch
        {
            SigningStep.Sign => await Sign(row, ct),
            SigningStep.WriteObject => await WriteObject(row, ct),
            _ => throw new InvalidOperationException($"Signing job {row.JobId} has the unknown step {row.Step}."),
        };
        Seam?.Invoke($"after {row.Step}");
        var next = taken.IsOk ? taken.Value : row.Failed(taken.Error.Message);
        return await database.Write(session => SigningJobStore.Move(session, row, next), ct);
    }

    private async Task<Result<SigningJobRow>> Sign(SigningJobRow row, CancellationToken ct)
    {
        var image = await FindImage(row, ct);
        if (!image.IsOk)
            return image.Error;
        var max = catalog.Find(row.PlatformId)?.MaxBytes ?? 0;
        if (image.Value.SizeBytes > max)
            return SigningErrors.Validation(
                $"The image has {image.Value.SizeBytes} bytes and platform {row.PlatformId} signs up to {max}. Sign it yourself (customCodeSigning), or use a platform of your own with a larger limit.");
        var certificate = await keys.Find(row.Account, row.CertificateArn, ct);
        if (!certificate.IsOk)
            return certificate.Error;
        if (certificate.Value.Facts is var facts && time.GetUtcNow() is var now && (now > facts.NotAfter || now < facts.NotBefore))
            return SigningErrors.Validation($"Certificate {row.CertificateArn} is valid from {facts.NotBefore:u} to {facts.NotAfter:u} and not now. Import a valid one and make a profile with it.");
        var algorithm = row.ReadAlgorithm;
        var hash = await digest.Of(image.Value, new HashAlgorithmName(algorithm.Hash), ct);
        var validity = await database.Read(session => SigningProfileStore.Find(session, row.Account, row.ProfileName)?.ReadValidity, ct) ?? SignatureValidity.Default;
        var signature = await keys.SignHash(certificate.Value, algorithm, hash, ct);
        return signature.Map(bytes => row with
        {
            Signature = Convert.ToBase64String(bytes),
            RawSizeBytes = image.Value.SizeBytes,
            SignatureExpiresAtMs = validity.EndOf(now)?.ToUnixTimeMilliseconds(),
            Step = SigningStep.WriteObject,
        });
    }

    private async Task<Result<SigningJobRow>> WriteObject(SigningJobRow row, CancellationToken ct)
    {
        // The key holds this job's random id: what lies there is what this step wrote before it was cut off.
        var there = await objects.Find(row.Invoker, row.DestinationBucket!, row.DestinationKey!, null, ct);
        if (there.IsOk)
            return Succeeded(row, there.Value.VersionId);
        var image = await FindImage(row, ct);
        if (!image.IsOk)
            return image.Error;
        await using var envelope = await Envelope(row, image.Value, ct);
        var put = await putObject.Handle(
            row.Caller,
            new PutObject.Request(row.DestinationBucket!, row.DestinationKey!, envelope, null) { Headers = new Dictionary<string, string> { ["Content-Type"] = "application/json" } },
            ct);
        return put.Map(stored => Succeeded(row, stored.Version.VersionId));
    }

    private async Task<Stream> Envelope(SigningJobRow row, ObjectFacts image, CancellationToken ct)
    {
        var (size, signature, algorithm) = (row.RawSizeBytes!.Value, row.Signature!, row.ReadAlgorithm);
        if (row.ImageFormat == SigningPlatform.JsonDetached)
            return EnvelopeStream.Of(SigningEnvelope.Detached(size, signature, algorithm, row.SourceBucket!, row.SourceKey!, image.VersionId));
        var stream = await bytes.OpenRead(image.BytesId, new ByteRange(0, image.SizeBytes), ct);
        return EnvelopeStream.Around(SigningEnvelope.Head(size, signature, algorithm), stream, SigningEnvelope.Tail);
    }

    private static SigningJobRow Succeeded(SigningJobRow row, string version) =>
        row with { Status = SigningJobStatus.Succeeded, Step = null, StatusReason = "Signing Succeeded", SignedVersion = version };

    private async Task<Result<ObjectFacts>> FindImage(SigningJobRow row, CancellationToken ct)
    {
        var found = await objects.Find(row.Invoker, row.SourceBucket!, row.SourceKey!, row.SourceVersion, ct);
        return found.IsOk ? found.Value : SigningErrors.AccessDenied($"S3 object {row.SourceKey} not accessible. Please check your permissions ({found.Error.Code}, {found.Error.Message})");
    }
}
