namespace Godwit.Core.Access;

/// <summary>What policies say of an action.</summary>
public enum AccessVerdict
{
    /// <summary>No statement allows it.</summary>
    NotAllowed,
    Allowed,

    /// <summary>A statement denies it, whatever others allow.</summary>
    Denied,
}

/// <summary>
/// Decides by policies of IAM: nothing is allowed unless a statement allows it, and a Deny wins. AWS: IAM > Policy evaluation logic.
/// </summary>
public static class IdentityRules
{
    /// <param name="action">For example <c>iot:CreateOTAUpdate</c>; compared without case.</param>
    /// <param name="resource">The ARN that it is about, or a star where it is about none.</param>
    public static AccessVerdict Decide(IEnumerable<IdentityPolicy> policies, string action, string resource, PolicyContext context)
    {
        var name = action.ToLowerInvariant();
        var verdict = AccessVerdict.NotAllowed;
        foreach (var policy in policies)
        {
            foreach (var statement in policy.Statements)
            {
                if (!statement.IsAbout(name) || !statement.IsAboutResource(resource, context) || !statement.Applies(context))
                    continue;
                if (!statement.Allow)
                    return AccessVerdict.Denied;
                verdict = AccessVerdict.Allowed;
            }
        }

        return verdict;
    }

    /// <summary>Decides by the policy of a role or a resource; <paramref name="match"/> tells how closely the statement that allowed meant the principal.</summary>
    public static AccessVerdict DecideFor(
        PrincipalFacts principal, IdentityPolicy policy, string action, string resource, PolicyContext context, out PrincipalMatch match)
    {
        match = PrincipalMatch.None;
        var name = action.ToLowerInvariant();
        foreach (var statement in policy.Statements)
        {
            var meant = statement.Principals?.Match(principal) ?? PrincipalMatch.None;
            if (meant == PrincipalMatch.None || !statement.IsAbout(name) || !statement.IsAboutResource(resource, context) || !statement.Applies(context))
                continue;
            if (!statement.Allow)
                return AccessVerdict.Denied;
            if (meant > match)
                match = meant;
        }

        return match == PrincipalMatch.None ? AccessVerdict.NotAllowed : AccessVerdict.Allowed;
    }
}
