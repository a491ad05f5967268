namespace Godwit.Core.Access;

/// <summary>
/// The policies of one connection, made ready for its many checks: variables filled in, conditions decided, resources sorted by action. A check walks a few
/// patterns and allocates nothing. A changed policy, attachment or context makes a new one. AWS: IoT policies: nothing is allowed unless a statement
/// allows it, and a Deny wins.
/// </summary>
public sealed class PolicyEvaluator
{
    private readonly Entry[] _statements;
    private readonly Table[] _tables;

    private PolicyEvaluator(Entry[] statements, string arnPrefix)
    {
        _statements = statements;
        _tables = [.. Enum.GetValues<IotAction>().Select(action => Table.For(statements, action, arnPrefix))];
    }

    /// <param name="region">Where the certificate was registered, whatever region a request names: it stands in the ARNs of all that the connection touches.</param>
    public static PolicyEvaluator Compile(IEnumerable<IotPolicy> policies, PolicyContext context, string account, string region)
    {
        var entries = new List<Entry>();
        foreach (var statement in policies.SelectMany(policy => policy.Statements))
        {
            if (statement.Applies(context) && statement.ResolveResources(context) is { } resources)
                entries.Add(new Entry(statement, resources));
        }

        return new PolicyEvaluator([.. entries], Arn.Iot(region, account, "").ToString());
    }

    /// <param name="name">A client id, a topic, a topic filter or a thing's name, as the action has it.</param>
    public bool Allows(IotAction action, ReadOnlySpan<char> name)
    {
        var table = _tables[(int)action];
        return table.Allows.IsMatch(name) && !table.Denies.IsMatch(name);
    }

    /// <summary>For actions without a name of their own here; the slower way to the same answer.</summary>
    /// <param name="action">For example <c>iot:AssumeRoleWithCertificate</c>.</param>
    public bool Allows(string action, ReadOnlySpan<char> resourceArn)
    {
        return Decide(action, resourceArn) == PolicyDecision.Allowed;
    }

    /// <summary>As <see cref="Allows(string, ReadOnlySpan{char})"/>, and whether a refusal was said or follows from silence.</summary>
    public PolicyDecision Decide(string action, ReadOnlySpan<char> resourceArn)
    {
        var lower = action.ToLowerInvariant();
        var decision = PolicyDecision.Silent;
        foreach (var entry in _statements)
        {
            if (!entry.Statement.IsAbout(lower) || entry.IsMatch(resourceArn) == entry.Statement.NotResources)
                continue;
            if (!entry.Statement.Allow)
                return PolicyDecision.Denied;
            decision = PolicyDecision.Allowed;
        }

        return decision;
    }

    private sealed record Entry(PolicyStatement Statement, PolicyGlob[] Resources)
    {
        public bool IsMatch(ReadOnlySpan<char> arn)
        {
            foreach (var resource in Resources)
            {
                if (resource.IsMatch(arn))
                    return true;
            }

            return false;
        }
    }

    private sealed record Table(Rules Allows, Rules Denies)
    {
        public static Table For(Entry[] statements, IotAction action, string arnPrefix)
        {
            var name = "iot:" + action.ToString().ToLowerInvariant();
            var about = statements.Where(entry => entry.Statement.IsAbout(name)).ToList();
            var beginning = arnPrefix + action.ResourceKind();
            return new Table(
                Rules.Of(about.Where(entry => entry.Statement.Allow), beginning),
                Rules.Of(about.Where(entry => !entry.Statement.Allow), beginning));
        }
    }

    /// <summary>Patterns of names: any of the first, or a miss of all of one of the others.</summary>
    private sealed record Rules(PolicyGlob[] AnyOf, PolicyGlob[][] NoneOf)
    {
        public static Rules Of(IEnumerable<Entry> entries, string beginning)
        {
            var (anyOf, noneOf) = (new List<PolicyGlob>(), new List<PolicyGlob[]>());
            foreach (var entry in entries)
            {
                var names = entry.Resources.SelectMany(resource => resource.After(beginning));
                if (entry.Statement.NotResources)
                    noneOf.Add([.. names]);
                else
                    anyOf.AddRange(names);
            }

            return new Rules([.. anyOf], [.. noneOf]);
        }

        public bool IsMatch(ReadOnlySpan<char> name)
        {
            foreach (var pattern in AnyOf)
            {
                if (pattern.IsMatch(name))
                    return true;
            }

            foreach (var patterns in NoneOf)
            {
                if (MissesAll(patterns, name))
                    return true;
            }

            return false;
        }

        private static bool MissesAll(PolicyGlob[] patterns, ReadOnlySpan<char> name)
        {
            foreach (var pattern in patterns)
            {
                if (pattern.IsMatch(name))
                    return false;
            }

            return true;
        }
    }
}

/// <summary>What policies say to an action.</summary>
public enum PolicyDecision
{
    /// <summary>Nothing: it is not allowed.</summary>
    Silent,
    Allowed,
    Denied,
}
