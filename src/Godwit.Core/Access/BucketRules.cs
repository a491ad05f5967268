namespace Godwit.Core.Access;

/// <summary>
/// Who may use a bucket, by its own policy and by what the caller's policies say. AWS: IAM > Policy evaluation logic > resource-based policies; S3 > Blocking public access.
/// </summary>
public static class BucketRules
{
    /// <summary>Conditions that fence a policy for everybody in, so that it is not public. AWS: S3 > The meaning of "public".</summary>
    private static readonly HashSet<string> Fences = new(StringComparer.OrdinalIgnoreCase)
    {
        "aws:SourceIp", "aws:SourceArn", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceOwner", "aws:SourceAccount", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID",
        "aws:userid", "aws:username",
    };

    /// <summary>Operators that name what is let in; the negated ones let in all but some.</summary>
    private static readonly HashSet<string> Naming =
        ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"];

    /// <summary>Whether a policy lets in somebody whom it does not name.</summary>
    public static bool IsPublic(IdentityPolicy policy) => policy.Statements.Any(statement =>
        statement.Allow && statement.Principals is { } principals && (principals.Negated || principals.Named.Any(named => named is { Kind: "AWS", Name: "*" }))
        && !statement.Conditions.Any(IsFence));

    /// <summary>What a bucket's policy makes of the caller's own rights.</summary>
    /// <param name="identity">What the caller's policies say; null for somebody without a signature.</param>
    /// <param name="principal">Whom the bucket's policy sees; null for somebody without a signature.</param>
    /// <param name="isOwners">Whether the caller is of the account that has the bucket.</param>
    /// <param name="restrictsPublic">Whether a public policy lets in nobody but the account's own.</param>
    public static AccessVerdict Decide(
        IdentityPolicy policy, AccessVerdict? identity, PrincipalFacts? principal, bool isOwners, bool restrictsPublic, string action, string resource, PolicyContext context)
    {
        var byPolicy = IdentityRules.DecideFor(principal ?? Nobody, policy, action, resource, context, out var match);
        if (byPolicy == AccessVerdict.Denied || identity == AccessVerdict.Denied)
            return AccessVerdict.Denied;
        if (isOwners)
            return identity == AccessVerdict.Allowed || match == PrincipalMatch.Named ? AccessVerdict.Allowed : AccessVerdict.NotAllowed;
        var isOpen = byPolicy == AccessVerdict.Allowed && !(restrictsPublic && IsPublic(policy));
        return isOpen && (identity is null or AccessVerdict.Allowed) ? AccessVerdict.Allowed : AccessVerdict.NotAllowed;
    }

    private static PrincipalFacts Nobody { get; } = new("", "");

    private static bool IsFence(PolicyCondition condition) =>
        Fences.Contains(condition.Key) && Naming.Contains(condition.Operator) && !condition.IfExists && condition.Set != PolicyConditionSet.All
        && condition.Values.All(value => value.Text.AsSpan().Trim("*?").Length > 0 && !value.Text.EndsWith("/0", StringComparison.Ordinal));
}
