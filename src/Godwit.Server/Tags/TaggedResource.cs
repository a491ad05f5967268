using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Tags;

/// <summary>Finds what a resourceArn names, for the three tag operations.</summary>
internal static class TaggedResource
{
    /// <summary>The last part of the ARN, for example <c>job/AFR_OTA-rel42</c>.</summary>
    public static Result<string> Find(ReadSession session, ResourceDirectory resources, Caller caller, string resourceArn)
    {
        if (Arn.Parse(resourceArn) is not { } arn || resources.KindOf(arn) is not { Taggable: true })
            return Errors.InvalidRequest($"resourceArn '{resourceArn}' names no resource that can carry tags. Give the ARN of a thing group, thing type, policy, job, stream or OTA update.");
        return resources.Exists(session, caller.Account, arn) ? arn.Resource : Errors.ResourceNotFound($"Resource {resourceArn} cannot be found.");
    }
}
