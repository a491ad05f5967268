namespace Godwit.Core.Access;

/// <summary>The Principal of a statement. AWS: IAM > JSON policy elements: Principal.</summary>
/// <param name="Negated">The statement is about everybody but these.</param>
public sealed record PolicyPrincipals(bool Negated, IReadOnlyList<NamedPrincipal> Named)
{
    /// <summary>Whether the statement means this principal, and how closely: a name says more than an account.</summary>
    public PrincipalMatch Match(PrincipalFacts principal)
    {
        var best = PrincipalMatch.None;
        foreach (var named in Named)
        {
            var match = named.Match(principal);
            if (match > best)
                best = match;
        }

        return !Negated ? best : best == PrincipalMatch.None ? PrincipalMatch.Named : PrincipalMatch.None;
    }
}

/// <summary>One entry of a Principal.</summary>
/// <param name="Kind"><c>AWS</c>, <c>Service</c>, <c>Federated</c> or <c>CanonicalUser</c>.</param>
public readonly record struct NamedPrincipal(string Kind, string Name)
{
    internal PrincipalMatch Match(PrincipalFacts principal)
    {
        if (Kind == "Service")
            return principal.Service == Name ? PrincipalMatch.Named : PrincipalMatch.None;
        if (Kind != "AWS" || principal.Service is not null)
            return PrincipalMatch.None;
        if (Name == "*")
            return PrincipalMatch.Named;
        if (Name == principal.Account || (Arn.Parse(Name) is { Service: "iam", Resource: "root" } root && root.Account == principal.Account))
            return PrincipalMatch.Account;
        return Name == principal.Arn || Name == principal.RoleArn ? PrincipalMatch.Named : PrincipalMatch.None;
    }
}

/// <summary>Who asks, as the Principal of a policy sees it.</summary>
/// <param name="Arn">A user, an assumed role's session, or the account's root.</param>
/// <param name="RoleArn">The role behind a session.</param>
/// <param name="Service">A service that acts for itself, for example <c>iot.amazonaws.com</c>; then there is no ARN.</param>
public sealed record PrincipalFacts(string Account, string Arn, string? RoleArn = null, string? Service = null)
{
    public static PrincipalFacts OfService(string service) => new("", "", null, service);
}

/// <summary>How a Principal means someone.</summary>
public enum PrincipalMatch
{
    None,

    /// <summary>The whole account: it still has to allow its own people.</summary>
    Account,
    Named,
}
