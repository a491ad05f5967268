using Godwit.Core;
using Godwit.Core.OtaUpdates;
using Godwit.Core.Streams;
using Godwit.Server.Jobs;

namespace Godwit.Server.OtaUpdates;

/// <summary>What a request must mean beyond the constraints of the model, and what follows from it; nothing here looks anything up.</summary>
internal static class OtaUpdateRules
{
    public const string Snapshot = "SNAPSHOT";

    /// <summary>The job is named after the update, and a job id has 64 characters; with the prefix, the 72 that agents have room for.</summary>
    private const int IdLengthMax = 64;

    internal const string JobPrefix = "AFR_OTA-";
    private const int PresignSecondsMin = 60, PresignSecondsMax = 3600;

    /// <summary>AWS: OTA updates > awsJobPresignedUrlConfig; a plain job's default is 3600.</summary>
    private const int PresignSecondsDefault = 1800;

    public static ServiceError? Check(CreateOtaUpdate.Request request) =>
        request.OtaUpdateId.Length > IdLengthMax
            ? Errors.InvalidRequest($"otaUpdateId has {request.OtaUpdateId.Length} characters; {IdLengthMax} are the most, because the job's id {JobPrefix}… must fit devices' buffers.")
            : Arn.ParseRole(request.RoleArn) is null
                ? Errors.InvalidRequest($"roleArn '{request.RoleArn}' is not an ARN of a role. Give one such as arn:aws:iam::123456789012:role/ota-service.")
                : CheckTargets(request.Targets)
                    ?? CheckConfigs(request)
                    ?? OtaUpdateFileRules.Check(request);

    /// <summary>The update that a job was made for, by its name; null for a job of another kind.</summary>
    public static string? OfJob(string jobId) => jobId.StartsWith(JobPrefix, StringComparison.Ordinal) ? jobId[JobPrefix.Length..] : null;

    /// <summary>Absent means MQTT.</summary>
    public static IReadOnlyList<string> Protocols(CreateOtaUpdate.Request request) => request.Protocols ?? [OtaJobDocument.Mqtt];

    /// <summary>Whether the service makes a stream: for MQTT, unless the caller names one.</summary>
    public static bool MakesStream(CreateOtaUpdate.Request request) =>
        Protocols(request).Contains(OtaJobDocument.Mqtt) && request.Files.All(file => file.FileLocation?.Stream is null);

    /// <summary>Whether Signer has a part in it: by a job that is started or by one that has run.</summary>
    public static bool IsSignedHere(CreateOtaUpdate.Request request) =>
        request.Files.Any(file => file.CodeSigning is { AwsSignerJobId: not null } or { StartSigningJobParameter.SigningProfileName: not null });

    /// <summary>Null where no URL is made and none was asked about.</summary>
    public static long? PresignSeconds(CreateOtaUpdate.Request request) =>
        request.AwsJobPresignedUrlConfig?.ExpiresInSec ?? (Protocols(request).Contains(OtaJobDocument.Http) ? PresignSecondsDefault : null);

    public static string JobDocument(CreateOtaUpdate.Request request, string? streamId, string region, IReadOnlyList<LocatedFile> files, IReadOnlyList<OtaSignedFile?> signed) => OtaJobDocument.Write(
        Protocols(request),
        streamId ?? request.Files[0].FileLocation?.Stream?.StreamId,
        region,
        [.. request.Files.Zip(files).Select((pair, index) => (File: pair.First, Found: pair.Second, Signed: signed.ElementAtOrDefault(index))).Select(one => new OtaJobFile(
            one.File.FileName,
            one.Found.SizeBytes,
            one.Found.FileId,
            one.Signed?.CertFile ?? one.File.CodeSigning?.CustomCodeSigning?.CertificateChain?.CertificateName,
            one.File.FileType,
            one.Found.Location.Bucket!,
            one.Found.Location.Key!,
            one.Found.Location.Version,
            one.Signed?.Signature ?? Signature(one.File)))]);

    public static CreateJob.Request JobRequest(CreateOtaUpdate.Request request, string document) => new()
    {
        JobId = JobPrefix + request.OtaUpdateId,
        Targets = request.Targets,
        Document = document,
        Description = $"AWS job for OTAUpdateJobId = {request.OtaUpdateId}",
        PresignedUrlConfig = PresignSeconds(request) is { } seconds ? new PresignedUrlConfig { RoleArn = request.RoleArn, ExpiresInSec = seconds } : null,
        TargetSelection = request.TargetSelection ?? Snapshot,
        JobExecutionsRolloutConfig = Rollout(request),
        AbortConfig = Abort(request),
        TimeoutConfig = request.AwsJobTimeoutConfig,
    };

    public static OtaFileSignature? Signature(OtaUpdateFile file) => file.CodeSigning?.CustomCodeSigning is { Signature: not null } signing
        ? OtaFileSignature.Custom(signing.HashAlgorithm!, signing.SignatureAlgorithm!, signing.Signature!.InlineDocument)
        : null;

    private static AbortConfig? Abort(CreateOtaUpdate.Request request) =>
        request.AwsJobAbortConfig?.AbortCriteriaList is { } criteria ? new AbortConfig { CriteriaList = criteria } : null;

    private static ServiceError? CheckTargets(IReadOnlyList<string> targets)
    {
        if (targets.Count > JobLimits.TargetsMax)
            return Errors.LimitExceeded($"targets has {targets.Count} entries; a job can have {JobLimits.TargetsMax}. Put the things into a thing group.");
        var seen = new HashSet<string>(targets.Count);
        foreach (var target in targets)
        {
            if (Arn.Parse(target) is not { Service: "iot", ResourceType: "thing" or "thinggroup", ResourceName.Length: > 0 })
                return Errors.InvalidRequest($"Target '{target}' is not an ARN of a thing or thing group, such as arn:aws:iot:us-east-1:123456789012:thing/dev7.");
            if (!seen.Add(target))
                return Errors.InvalidRequest($"Target {target} is given twice. Name each target once.");
        }
        return null;
    }

    private static ServiceError? CheckConfigs(CreateOtaUpdate.Request request)
    {
        var protocols = Protocols(request);
        if (protocols.Distinct().Count() != protocols.Count)
            return Errors.InvalidRequest($"protocols names {protocols[0]} twice. Name each protocol once.");
        if (request.AwsJobPresignedUrlConfig is { ExpiresInSec: not (null or (>= PresignSecondsMin and <= PresignSecondsMax)) } presign)
            return Errors.InvalidRequest(
                $"awsJobPresignedUrlConfig.expiresInSec is {presign.ExpiresInSec}; it must be between {PresignSecondsMin} and {PresignSecondsMax} seconds.");
        return JobConfigCheck.Rollout(Rollout(request))
            ?? JobConfigCheck.Timeout(request.AwsJobTimeoutConfig)
            ?? JobConfigCheck.Abort(Abort(request));
    }

    /// <summary>An empty structure is what GetOTAUpdate shows for an unset one, so it is as good as none here.</summary>
    private static JobExecutionsRolloutConfig? Rollout(CreateOtaUpdate.Request request) =>
        request.AwsJobExecutionsRolloutConfig is { MaximumPerMinute: null, ExponentialRate: null } ? null : request.AwsJobExecutionsRolloutConfig;
}
