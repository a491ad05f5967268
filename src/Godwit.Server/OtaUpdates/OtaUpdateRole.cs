using Godwit.Core;
using Godwit.Server.Iam;

namespace Godwit.Server.OtaUpdates;

/// <summary>
/// Whether the role of an update may do what its creation does by it. AWS: FreeRTOS user guide > Create an OTA Update service role;
/// what it may not, ends the creation as CREATE_FAILED.
/// </summary>
public sealed class OtaUpdateRole(RoleRights rights)
{
    /// <summary>The first thing that is missing, in the order in which it is needed.</summary>
    internal ServiceError? Refuse(OtaUpdateRow row, CreateOtaUpdate.Request request) =>
        Missing(row, request).FirstOrDefault() is { } missing ? Errors.AccessDenied($"{missing} (role {request.RoleArn})") : null;

    /// <summary>All that is missing: each names the action and the resource. A role that may not be assumed is all there is to say.</summary>
    internal IEnumerable<string> Missing(OtaUpdateRow row, CreateOtaUpdate.Request request)
    {
        var (account, role) = (row.Account, request.RoleArn);
        if (!rights.AreChecked(account))
            return [];
        if (rights.WhyNotAssumed(account, role, RoleRights.Iot) is { } refused)
            return [refused];
        return request.Files.Select(file => WhyNotRead(account, role, file))
            .Concat(request.Files.Select(file => WhyNotSigned(row, role, file)))
            .Append(row.StreamId is null ? null : rights.WhyNotAllowed(account, role, "iot:CreateStream", row.Caller.IotArn($"stream/{row.StreamId}")))
            .Append(rights.WhyNotAllowed(account, role, "iot:CreateJob", row.Caller.IotArn($"job/{OtaUpdateRules.JobPrefix}{row.OtaUpdateId}")))
            // The stream and the job's URLs are made in this role's name, so it hands itself over.
            .Append(row.StreamId is null && OtaUpdateRules.PresignSeconds(request) is null ? null : rights.WhyNotAllowed(account, role, "iam:PassRole", role))
            .OfType<string>();
    }

    /// <summary>AWS: Create an OTA Update service role > the role needs Signer's actions, and writes and reads the signed object.</summary>
    private string? WhyNotSigned(OtaUpdateRow row, string role, OtaUpdateFile file)
    {
        if (file.CodeSigning is { AwsSignerJobId: { } job })
            return rights.WhyNotAllowed(row.Account, role, "signer:DescribeSigningJob", $"arn:aws:signer:{row.Region}:{row.Account}:/signing-jobs/{job}");
        if (file.CodeSigning?.StartSigningJobParameter is not { SigningProfileName: { } name } start)
            return null;
        var profile = $"arn:aws:signer:{row.Region}:{row.Account}:/signing-profiles/{name}";
        var destination = start.Destination?.S3Destination;
        var signed = $"arn:aws:s3:::{destination?.Bucket ?? file.FileLocation?.S3Location?.Bucket}/{destination?.Prefix}*";
        return (start.SigningProfileParameter?.CertificateArn is null ? null : rights.WhyNotAllowed(row.Account, role, "signer:PutSigningProfile", profile))
            ?? rights.WhyNotAllowed(row.Account, role, "signer:StartSigningJob", profile)
            ?? rights.WhyNotAllowed(row.Account, role, "signer:DescribeSigningJob", $"arn:aws:signer:{row.Region}:{row.Account}:/signing-jobs/*")
            ?? rights.WhyNotAllowed(row.Account, role, "s3:PutObject", signed)
            // What the stream or the URL serves is the raw image over the signed object, by its version.
            ?? rights.WhyNotAllowed(row.Account, role, "s3:GetObjectVersion", signed);
    }

    private string? WhyNotRead(string account, string role, OtaUpdateFile file) =>
        file.FileLocation?.S3Location is { Bucket: { } bucket, Key: { } key, Version: var version } && rights.WhyNotRead(account, role, bucket, key, version) is { } why
            ? $"S3 object {key} not accessible. Please check your permissions: {why}"
            : null;
}
