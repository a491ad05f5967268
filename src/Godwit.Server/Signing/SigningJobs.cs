using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.OtaUpdates;
using Godwit.Core.Signing;
using Godwit.Server.Acm;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>A signing job that has ended, as other slices see it.</summary>
/// <param name="CertName">The certificate's path on devices, from the profile's parameter <c>certname</c>.</param>
public sealed record EndedSigningJob(
    string JobId, bool Succeeded, string? StatusReason, bool IsRevoked, CodeSigningAlgorithm Algorithm, string? Signature, long RawSizeBytes, string? CertName, string CertificateArn,
    Source? Source, string? SignedBucket, string? SignedKey, string? SignedVersion)
{
    public OtaFileSignature FileSignature => OtaFileSignature.OfJob(Algorithm, Signature!);
}

/// <summary>What a job would sign with, were it started now.</summary>
/// <param name="CertificatePem">Null where key and certificate are made with the profile.</param>
public sealed record PlannedSigning(string? CertificatePem, string? CertName, long BytesMax);

/// <summary>The way of other slices to signing jobs: look ahead, wait for one, and have a profile made or found.</summary>
public sealed class SigningJobs(Database database, SigningBell bell, PutSigningProfile put, StartSigningJob start, AcmKeys keys)
{
    /// <summary>The signing parameter that becomes <c>certfile</c> in job documents.</summary>
    public const string CertName = "certname";

    /// <summary>Returns once the job has ended, at once if it has already.</summary>
    public async Task<Result<EndedSigningJob>> Ended(string account, string jobId, CancellationToken ct)
    {
        while (true)
        {
            var carried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void Heard() => carried.TrySetResult();
            bell.Carried += Heard;
            try
            {
                var row = await database.Read(session => SigningJobStore.Find(session, account, jobId), ct);
                if (row is null)
                    return NoJob(jobId);
                if (row.Step is null)
                    return await End(row, ct);
                bell.Ring();
                await carried.Task.WaitAsync(ct);
            }
            finally
            {
                bell.Carried -= Heard;
            }
        }
    }

    /// <summary>An active profile of this name and content: the one that is there, or a new one.</summary>
    public async Task<Result<Nothing>> HaveProfile(Caller caller, PutSigningProfile.Request wanted, CancellationToken ct)
    {
        var known = await database.Read(session => SigningProfileStore.Find(session, caller.Account, wanted.ProfileName), ct);
        if (known is null)
        {
            var made = await put.Handle(caller, wanted, ct);
            // Two updates may make the same profile at once; the second finds the first's.
            if (made.IsOk)
                return default(Nothing);
            known = await database.Read(session => SigningProfileStore.Find(session, caller.Account, wanted.ProfileName), ct);
            if (known is null)
                return made.Error;
        }
        var same = known.SaysTheSame(PutSigningProfile.Row(caller, wanted, known.ReadValidity, wanted.SigningMaterial?.CertificateArn ?? known.CertificateArn));
        return known.Status == SigningProfileStatus.Active && same
            ? default(Nothing)
            : SigningErrors.Validation(
                $"Signing profile {wanted.ProfileName} already exists, {(same ? $"but is {known.Status}" : "with another platform, certificate or path on the device")}. Give another signingProfileName, or leave out signingProfileParameter to use the profile as it is.");
    }

    /// <summary>What StartSigningJob would sign with by this profile, or by the one that would be made first; nothing is started.</summary>
    public async Task<Result<PlannedSigning>> Planned(Caller caller, PutSigningProfile.Request wanted, CancellationToken ct)
    {
        var known = await database.Read(session => SigningProfileStore.FindFor(session, caller, wanted.ProfileName, null, "signer:StartSigningJob"), ct);
        if (known.IsOk)
        {
            var ready = await start.Ready(known.Value, ct);
            return ready.Map(with => new PlannedSigning(with.Certificate.CertificatePem, known.Value.ReadParameters?.GetValueOrDefault(CertName), with.Platform.MaxBytes));
        }
        if (wanted.SigningMaterial is null)
            return known.Error;
        var made = await put.Check(caller, wanted, ct);
        return made.Map(with => new PlannedSigning(with.Certificate?.CertificatePem, wanted.SigningParameters?.GetValueOrDefault(CertName), with.Platform.MaxBytes));
    }

    /// <summary>As <see cref="Ended"/>, without waiting: null while the job goes on.</summary>
    public async Task<Result<EndedSigningJob?>> Known(string account, string jobId, CancellationToken ct)
    {
        var row = await database.Read(session => SigningJobStore.Find(session, account, jobId), ct);
        return row is null ? NoJob(jobId) : row.Step is null ? await End(row, ct) : (EndedSigningJob?)null;
    }

    /// <summary>A certificate's PEM text, for a check of what its key signed; null where it is gone.</summary>
    public async Task<AcmCertificate?> Certificate(string account, string certificateArn, CancellationToken ct)
    {
        var found = await keys.Find(Arn.Parse(certificateArn)?.Account ?? account, certificateArn, ct);
        return found.IsOk ? found.Value : null;
    }

    private static ServiceError NoJob(string jobId) => SigningErrors.NotFound($"Signing job {jobId} does not exist. ListSigningJobs shows those that do.");

    private async Task<EndedSigningJob> End(SigningJobRow row, CancellationToken ct)
    {
        var profile = await database.Read(session => SigningProfileStore.Find(session, row.Account, row.ProfileName), ct);
        var revoked = row.RevokedAtMs is not null || (profile?.RevocationEffectiveAtMs is { } from && row.CreatedAtMs >= from && profile.ProfileVersion == row.ProfileVersion);
        return new EndedSigningJob(
            row.JobId, row.Status == SigningJobStatus.Succeeded, row.StatusReason, revoked, row.ReadAlgorithm, row.Signature, row.RawSizeBytes ?? 0,
            row.ReadParameters?.GetValueOrDefault(CertName), row.CertificateArn, row.Source, row.DestinationBucket, row.DestinationKey, row.SignedVersion);
    }
}
