namespace Godwit.Core.Access;

/// <summary>
/// The policies of one connection, made ready for its many checks: variables filled in, conditions decided, resources sorted by action. A check walks a few
/// patterns and allocates nothing. A changed policy, attachment or context makes a new one. AWS: IoT policies: nothing is allowed unless a statement
/// allows it, and a Deny wins.
/// </summary>
public sealed class PolicyEvaluator
{
    private static readonly string[] Actions = [.. Enum.GetValues<IotAction>().Select(action => "iot:" + action.ToString().ToLowerInvariant())];

    private readonly Entry[] _statements;
    private readonly Table[] _tables;

    private PolicyEvaluator(Entry[] statements, string arnPrefix)
    {
        _statements = statements;
        _tables = new Table[Actions.Length];
        var names = new Dictionary<string, PolicyGlob[][]>(4);
        for (var action = 0; action < _tables.Length; action++)
        {
            var kind = ((IotAction)action).ResourceKind();
            if (!names.TryGetValue(kind, out var behind))
                names[kind] = behind = new PolicyGlob[statements.Length][];
            _tables[action] = Table.For(statements, Actions[action], arnPrefix + kind, behind);
        }
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
        public bool IsMatch(ReadOnlySpan<char> arn) => MatchesAny(Resources, arn);

        /// <summary>The resources as patterns of names, once an ARN's beginning is taken off.</summary>
        public PolicyGlob[] Names(string beginning)
        {
            if (Resources.Length == 1)
                return Resources[0].After(beginning);
            var names = new List<PolicyGlob>(Resources.Length);
            foreach (var resource in Resources)
                names.AddRange(resource.After(beginning));
            return [.. names];
        }
    }

    private sealed record Table(Rules Allows, Rules Denies)
    {
        private static readonly Table Silent = new(Rules.None, Rules.None);

        /// <param name="behind">The names of each statement, shared by the actions that are about the same kind of resource; filled in where they are first asked for.</param>
        public static Table For(Entry[] statements, string action, string beginning, PolicyGlob[]?[] behind)
        {
            var (allows, denies) = (Rules.None, Rules.None);
            for (var i = 0; i < statements.Length; i++)
            {
                var statement = statements[i].Statement;
                if (!statement.IsAbout(action))
                    continue;
                var names = behind[i] ??= statements[i].Names(beginning);
                if (statement.Allow)
                    allows = allows.And(names, statement.NotResources);
                else
                    denies = denies.And(names, statement.NotResources);
            }

            return allows == Rules.None && denies == Rules.None ? Silent : new Table(allows, denies);
        }
    }

    /// <summary>Patterns of names: a match of one of the first sets, or a miss of all of one of the others.</summary>
    private sealed record Rules(PolicyGlob[][] AnyOf, PolicyGlob[][] NoneOf)
    {
        public static readonly Rules None = new([], []);

        public Rules And(PolicyGlob[] names, bool allBut) =>
            allBut ? this with { NoneOf = [.. NoneOf, names] } : names.Length == 0 ? this : this with { AnyOf = [.. AnyOf, names] };

        public bool IsMatch(ReadOnlySpan<char> name)
        {
            foreach (var patterns in AnyOf)
            {
                if (MatchesAny(patterns, name))
                    return true;
            }

            foreach (var patterns in NoneOf)
            {
                if (!MatchesAny(patterns, name))
                    return true;
            }

            return false;
        }
    }

    private static bool MatchesAny(PolicyGlob[] patterns, ReadOnlySpan<char> text)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.IsMatch(text))
                return true;
        }

        return false;
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
