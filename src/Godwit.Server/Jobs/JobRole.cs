using Godwit.Core;
using Godwit.Core.Jobs;
using Godwit.Server.Iam;

namespace Godwit.Server.Jobs;

/// <summary>Whether the role of a job's presigned URLs may reach the objects that the document names: URLs that open nothing help no device.</summary>
public sealed class JobRole(RoleRights rights)
{
    internal ServiceError? Refuse(string account, string? roleArn, JobDocument document)
    {
        if (roleArn is null || !rights.AreChecked(account))
            return null;
        if (rights.WhyNotAssumed(account, roleArn, RoleRights.Iot) is { } why)
            return Errors.InvalidRequest($"Given role {roleArn} is invalid. {why}");
        foreach (var placeholder in DocumentPlaceholders.Find(document.ForDevices))
        {
            if (placeholder.Kind == PlaceholderKind.Signature || placeholder.Location is not { } at)
                continue;
            var forbidden = placeholder.Kind == PlaceholderKind.Upload
                ? rights.WhyNotAllowed(account, roleArn, "s3:PutObject", $"arn:aws:s3:::{at.Bucket}/{at.Key}")
                : rights.WhyNotRead(account, roleArn, at.Bucket, at.Key, at.VersionId);
            if (forbidden is not null)
                return Errors.InvalidRequest($"The presigned URL of {at.Bucket}/{at.Key} would open nothing: {forbidden} (role {roleArn})");
        }

        return null;
    }
}
