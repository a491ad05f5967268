using Godwit.Core;
using Godwit.Core.OtaUpdates;
using Godwit.Core.Streams;
using Godwit.Server.Jobs;

namespace Godwit.Server.OtaUpdates;

/// <summary>Which combinations of fileLocation and codeSigning have a meaning, for each file and across the files of one update.</summary>
internal static class OtaUpdateFileRules
{
    public static ServiceError? Check(CreateOtaUpdate.Request request)
    {
        for (var i = 0; i < request.Files.Count; i++)
        {
            if ((CheckLocation(request.Files[i]) ?? CheckSigning(request.Files[i].CodeSigning)) is { } wrong)
                return Errors.InvalidRequest($"files[{i}].{wrong}");
        }
        return CheckTogether(request);
    }

    private static string? CheckLocation(OtaUpdateFile file) => file.FileLocation switch
    {
        // The job's signed object says where the image is.
        null or { Stream: null, S3Location: null } when file.CodeSigning?.AwsSignerJobId is not null => null,
        { S3Location: null } when IsStarted(file.CodeSigning) => "fileLocation must be an s3Location: a signing job signs an object. Give bucket, key and version.",
        null or { Stream: null, S3Location: null } => "fileLocation is missing: name the image by s3Location, or by stream and fileId.",
        { Stream: not null, S3Location: not null } => "fileLocation has both stream and s3Location. Give one of them.",
        { Stream.StreamId: null } => "fileLocation.stream.streamId is missing.",
        { Stream.FileId: null } => "fileLocation.stream.fileId is missing.",
        { S3Location.Bucket: null } => "fileLocation.s3Location.bucket is missing.",
        { S3Location.Key: null } => "fileLocation.s3Location.key is missing.",
        _ => null,
    };

    private static string? CheckSigning(CodeSigning? signing)
    {
        if (signing is null)
            return null;
        if (new object?[] { signing.AwsSignerJobId, signing.StartSigningJobParameter, signing.CustomCodeSigning }.Count(way => way is not null) > 1)
            return "codeSigning has more than one of awsSignerJobId, startSigningJobParameter and customCodeSigning. Give one of them.";
        if (signing.StartSigningJobParameter is { } start)
            return CheckStart(start);
        return signing.CustomCodeSigning switch
        {
            null => null,
            { Signature.InlineDocument: null or [] } or { Signature: null } => "codeSigning.customCodeSigning.signature.inlineDocument is missing: give the base64 text of the signature.",
            { HashAlgorithm: null or "" } => "codeSigning.customCodeSigning.hashAlgorithm is missing: devices look for the signature by it. FreeRTOS knows SHA256 and SHA1.",
            { SignatureAlgorithm: null or "" } => "codeSigning.customCodeSigning.signatureAlgorithm is missing: devices look for the signature by it. FreeRTOS knows ECDSA and RSA.",
            _ => null,
        };
    }

    private static bool IsStarted(CodeSigning? signing) => signing?.StartSigningJobParameter is not null;

    private static string? CheckStart(StartSigningJobParameter start) => start switch
    {
        { SigningProfileName: null or "" } => "codeSigning.startSigningJobParameter.signingProfileName is missing: name the profile to sign with, or the one to make.",
        { SigningProfileName: { } name } when name.Length is < 2 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') =>
            "codeSigning.startSigningJobParameter.signingProfileName must have 2 to 64 letters, digits and underscores; Signer takes no others, not even hyphens.",
        { SigningProfileParameter: { CertificateArn: null } and not { Platform: null, CertificatePathOnDevice: null } } =>
            "codeSigning.startSigningJobParameter.signingProfileParameter.certificateArn is missing: give the ARN that ImportCertificate answered.",
        { SigningProfileParameter: { CertificateArn: not null, Platform: null } } =>
            "codeSigning.startSigningJobParameter.signingProfileParameter.platform is missing: for FreeRTOS it is AmazonFreeRTOS-Default.",
        _ => null,
    };

    private static ServiceError? CheckTogether(CreateOtaUpdate.Request request)
    {
        var streams = request.Files.Select(file => file.FileLocation?.Stream).ToList();
        // A job document has one streamname.
        if (streams.Any(stream => stream is null) && streams.Any(stream => stream is not null))
            return Errors.InvalidRequest("files mixes stream and s3Location. Use one stream for all files, or s3Location for all.");
        if (streams.Select(stream => stream?.StreamId).Distinct().Count() > 1)
            return Errors.InvalidRequest("files names more than one stream. Put the files into one stream.");
        if (streams[0] is not null && streams.Select(stream => stream!.FileId).Distinct().Count() < streams.Count)
            return Errors.InvalidRequest("files names the same fileId of the stream twice. Name each file once.");
        if (request.Files.Count > StreamInfo.MaxFiles)
            return Errors.InvalidRequest($"files has {request.Files.Count} entries; a stream can have {StreamInfo.MaxFiles}.");
        return OtaUpdateRules.Protocols(request).Contains(OtaJobDocument.Http) && request.Files.Count > JobLimits.PlaceholdersMax
            ? Errors.InvalidRequest($"files has {request.Files.Count} entries; over HTTP a job can have {JobLimits.PlaceholdersMax}, one presigned URL for each.")
            : null;
    }
}
