namespace Godwit.Core.Access;

/// <summary>One statement of a policy. AWS: IoT policies > Policy actions, Action resources.</summary>
/// <param name="Actions">Patterns compared without case.</param>
/// <param name="NotActions">The statement is about every action but these.</param>
/// <param name="NotResources">The statement is about every resource but these.</param>
public sealed record PolicyStatement(
    bool Allow,
    IReadOnlyList<string> Actions,
    bool NotActions,
    IReadOnlyList<PolicyTemplate> Resources,
    bool NotResources,
    IReadOnlyList<PolicyCondition> Conditions)
{
    /// <summary>Whom the statement is about, in a policy of a resource or a role; null in a policy of an identity.</summary>
    public PolicyPrincipals? Principals { get; init; }

    internal bool IsAbout(string lowerCaseAction)
    {
        foreach (var action in Actions)
        {
            if (PolicyGlob.IsActionMatch(action, lowerCaseAction))
                return !NotActions;
        }

        return NotActions;
    }

    /// <param name="resource">An ARN, or a star for an action that is about no resource.</param>
    internal bool IsAboutResource(string resource, PolicyContext context)
    {
        if (ResolveResources(context) is not { } patterns)
            return false;
        foreach (var pattern in patterns)
        {
            if (pattern.IsMatch(resource))
                return !NotResources;
        }

        return NotResources;
    }

    internal bool Applies(PolicyContext context) => Conditions.All(condition => condition.Holds(context, !Allow));

    /// <summary>
    /// The resources for this connection; null if the statement is about none. A variable without a value matches nothing. So an Allow on everything
    /// but it would allow everything: it is lost. A Deny on everything but it denies everything: it stays.
    /// </summary>
    internal PolicyGlob[]? ResolveResources(PolicyContext context)
    {
        var resolved = new List<PolicyGlob>(Resources.Count);
        foreach (var resource in Resources)
        {
            if (resource.Resolve(context) is { } glob)
                resolved.Add(glob);
            else if (NotResources && Allow)
                return null;
        }

        return resolved.Count == 0 && !NotResources ? null : [.. resolved];
    }
}
