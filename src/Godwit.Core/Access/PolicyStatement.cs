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
    internal bool IsAbout(string lowerCaseAction)
    {
        foreach (var action in Actions)
        {
            if (PolicyGlob.Of(action.ToLowerInvariant()).IsMatch(lowerCaseAction))
                return !NotActions;
        }

        return NotActions;
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
