using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;

namespace Godwit.Server.Iam;

/// <summary>
/// Decides whether whoever signed may do what the request asks. The root may; a user or a session may what its policies allow.
/// AWS: IAM > Policy evaluation logic > identity-based and session policies.
/// </summary>
public sealed class AccessControl(IamDirectory directory, ServerOptions options, TimeProvider time)
{
    /// <summary>Whether nothing is ever refused to this key, so that nobody need ask.</summary>
    public bool AllowsEverything(AccessKey key) => options.Access == AccessMode.Permissive || (key.IsRoot && key.Session is null);

    public bool IsPermissive => options.Access == AccessMode.Permissive;

    /// <summary>Null if it is allowed.</summary>
    /// <param name="action">For example <c>iot:CreateOTAUpdate</c>.</param>
    /// <param name="resource">An ARN, or a star.</param>
    public ServiceError? Refuse(AccessKey key, string service, string action, string resource, IEnumerable<KeyValuePair<string, string>> facts)
    {
        if (AllowsEverything(key))
            return null;
        var verdict = Decide(key, action, resource, facts);
        return verdict == AccessVerdict.Allowed ? null : AccessErrors.Denied(service, key.UserArn, action, resource, verdict);
    }

    public AccessVerdict Decide(AccessKey key, string action, string resource, IEnumerable<KeyValuePair<string, string>> facts)
    {
        if (AllowsEverything(key))
            return AccessVerdict.Allowed;
        if (key.Session is { RoleName: null } && IsClosedToOwnSessions(action))
            return AccessVerdict.NotAllowed;
        if (key.IsRoot)
            return AccessVerdict.Allowed;
        if (PrincipalOf(key) is not { } principal)
            return AccessVerdict.NotAllowed;
        var context = PolicyContext.Empty.With(Facts(key, principal).Concat(facts));
        var verdict = IdentityRules.Decide(principal.Policies, action, resource, context);
        // A session's policies can take away, never give.
        if (verdict == AccessVerdict.Allowed && key.Session is { Policies.Count: > 0 } session)
            return IdentityRules.Decide(session.Policies.Select(text => IdentityPolicy.Parse(text).Value), action, resource, context);
        return verdict;
    }

    /// <summary>Decides at a bucket that has a policy of its own.</summary>
    /// <param name="key">Null for somebody without a signature.</param>
    public AccessVerdict DecideAt(AccessKey? key, BucketDoor door, string action, string resource, IEnumerable<KeyValuePair<string, string>> facts)
    {
        if (key is null)
            return BucketRules.Decide(door.Policy, null, null, isOwners: false, door.RestrictsPublic, action, resource, PolicyContext.Empty.With(facts));
        var principal = PrincipalOf(key);
        var identity = Decide(key, action, resource, facts);
        var context = PolicyContext.Empty.With((principal is null ? [new("aws:PrincipalArn", key.UserArn), new("aws:PrincipalAccount", key.Account)] : Facts(key, principal)).Concat(facts));
        var who = new PrincipalFacts(key.Account, key.UserArn, key.Session?.RoleName is null ? null : principal?.Arn);
        var verdict = BucketRules.Decide(door.Policy, identity, who, key.Account == door.Account, door.RestrictsPublic, action, resource, context);
        // A session's policies take away what the bucket gives as well; a principal that is gone is nobody.
        return verdict == AccessVerdict.Allowed && identity != AccessVerdict.Allowed && ((principal is null && !key.IsRoot) || key.Session is { Policies.Count: > 0 })
            ? AccessVerdict.NotAllowed
            : verdict;
    }

    /// <summary>The user or role behind a key; null for the root, and where there is none of that name and id any more.</summary>
    public IamPrincipal? PrincipalOf(AccessKey key)
    {
        if (key.Session is { RoleName: { } roleName, PrincipalId: var id })
            return directory.Role(key.Account, roleName) is { } role && role.Id == id ? role : null;
        return key.UserName is { } name && directory.User(key.Account, name) is { } user && (key.Session is null || key.Session.PrincipalId == user.Id) ? user : null;
    }

    /// <summary>AWS: a session of one's own reaches neither IAM (without a second factor, which is not here) nor STS beyond two calls.</summary>
    private static bool IsClosedToOwnSessions(string action) =>
        action.StartsWith("iam:", StringComparison.Ordinal)
        || (action.StartsWith("sts:", StringComparison.Ordinal) && action is not ("sts:AssumeRole" or "sts:GetCallerIdentity"));

    private IEnumerable<KeyValuePair<string, string>> Facts(AccessKey key, IamPrincipal principal)
    {
        var now = time.GetUtcNow();
        yield return new("aws:CurrentTime", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        yield return new("aws:EpochTime", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        yield return new("aws:PrincipalArn", principal.Arn);
        yield return new("aws:PrincipalAccount", key.Account);
        yield return new("aws:PrincipalType", key.Session?.RoleName is null ? "User" : "AssumedRole");
        yield return new("aws:userid", key.Session?.RoleName is null ? principal.Id : $"{principal.Id}:{key.Session.SessionName}");
        if (key.UserName is not null)
            yield return new("aws:username", principal.Name);
    }
}
