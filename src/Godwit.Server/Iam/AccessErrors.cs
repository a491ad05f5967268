using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Iam;

/// <summary>How each service words that something is not allowed. AWS: IAM > Troubleshoot access denied error messages.</summary>
public static class AccessErrors
{
    public static ServiceError Denied(string service, string who, string action, string resource, AccessVerdict verdict)
    {
        var message = Message(service == "s3" && resource != "*" ? $"\"{resource}\"" : resource, who, action, verdict);
        return service switch
        {
            "s3" or "iam" or "sts" => new ServiceError("AccessDenied", 403, message),
            "acm" => new ServiceError("AccessDeniedException", 400, message),
            "iot-data" => new ServiceError("ForbiddenException", 403, message),
            _ => Errors.AccessDenied(message),
        };
    }

    /// <summary>A refusal at a bucket that has a policy of its own.</summary>
    public static ServiceError DeniedAtBucket(string who, string action, string resource, AccessVerdict verdict, bool isOwners) =>
        new("AccessDenied", 403, MessageAtBucket($"\"{resource}\"", who, action, verdict, isOwners));

    public static string MessageAtBucket(string resource, string who, string action, AccessVerdict verdict, bool isOwners) =>
        $"User: {who} is not authorized to perform: {action} on resource: {resource} "
        + (verdict == AccessVerdict.Denied ? "with an explicit deny in a resource-based policy"
            : isOwners ? $"because no identity-based policy allows the {action} action" : $"because no resource-based policy allows the {action} action");

    public static string Message(string resource, string who, string action, AccessVerdict verdict) =>
        $"User: {who} is not authorized to perform: {action} on resource: {resource} "
        + (verdict == AccessVerdict.Denied ? "with an explicit deny in an identity-based policy" : $"because no identity-based policy allows the {action} action");
}
