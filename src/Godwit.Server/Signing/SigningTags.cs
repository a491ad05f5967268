using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>Finds the profile that a tag operation names.</summary>
internal static class SigningTags
{
    public const int Max = 200;

    public static Result<SigningProfileRow> Find(ReadSession session, Caller caller, string resourceArn)
    {
        if (Arn.Parse(resourceArn) is not { Service: "signer" } arn || !arn.Resource.StartsWith("/signing-profiles/", StringComparison.Ordinal))
            return SigningErrors.BadRequest($"resourceArn {resourceArn} is not the ARN of a signing profile, such as arn:aws:signer:us-east-1:000000000000:/signing-profiles/NAME.");
        return arn.Account == caller.Account && SigningProfileStore.Find(session, caller.Account, arn.Resource["/signing-profiles/".Length..]) is { } row
            ? row
            : SigningErrors.TagTargetNotFound($"Signing profile {resourceArn} does not exist.");
    }
}
