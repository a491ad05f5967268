using System.Text.RegularExpressions;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>The operations of STS: who am I, and temporary keys.</summary>
public sealed partial class SessionOperations(Database database, IamDirectory directory, AccessControl access, SessionKeys sessions, AccessKeys keys, TimeProvider time)
{
    private const int SecondsMin = 900, RoleSecondsDefault = 3600, RoleSecondsMax = 43200;

    private const int OwnSecondsDefault = 43200, OwnSecondsMax = 129600, RootSecondsMax = 3600;

    /// <summary>AWS: STS > AssumeRole: the policies of a session, white space not counted.</summary>
    private const int SessionPolicyLengthMax = 2048;

    public static IReadOnlyList<string> Operations { get; } = ["AssumeRole", "GetAccessKeyInfo", "GetCallerIdentity", "GetSessionToken"];

    public XElement[] GetCallerIdentity(AccessKey key) =>
    [
        new("Arn", key.UserArn), new("UserId", UserId(key)), new("Account", key.Account),
    ];

    public Result<XElement[]> GetAccessKeyInfo(IamForm form)
    {
        var id = form.Required("AccessKeyId", 16, 128, null, "");
        if (form.Refusal is { } refusal)
            return refusal;
        return keys.Find(id) is { } key
            ? new[] { new XElement("Account", key.Account) }
            : IamErrors.ValidationError($"Access key {(id.Length > 64 ? id[..64] : id)} is not known here.");
    }

    /// <summary>AssumeRole: the role's trust policy must mean the caller; where it means the caller's whole account, the caller's own policies must allow it too.</summary>
    public async Task<Result<XElement[]>> AssumeRole(AccessKey key, Caller caller, IamForm form, IReadOnlyList<KeyValuePair<string, string>> facts, CancellationToken ct)
    {
        var roleArn = form.Arn("RoleArn");
        var name = form.Required("RoleSessionName", 2, 64, SessionNamePattern(), @"[\w+=,.@-]*");
        var seconds = form.Number("DurationSeconds", SecondsMin, RoleSecondsMax, RoleSecondsDefault);
        var externalId = form.Optional("ExternalId", 2, 1224, null, "");
        var policies = Policies(form);
        if (form.Refusal is { } refusal)
            return refusal;
        if (!policies.IsOk)
            return policies.Error;
        if (directory.RoleOf(roleArn) is not { Trust: { } trust } role || !Trusts(key, role, trust, externalId, facts))
            return IamErrors.AccessDenied($"User: {key.UserArn} is not authorized to perform: sts:AssumeRole on resource: {roleArn}");
        var most = key.Session?.RoleName is null ? role.MaxSessionSeconds : RoleSecondsDefault;
        if (seconds > most)
            return IamErrors.ValidationError(key.Session?.RoleName is null
                ? "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                : "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");

        var arn = $"arn:aws:sts::{role.Account}:assumed-role/{role.Name}/{name}";
        var made = sessions.Issue(role.Account, arn, null, new SessionFacts(time.GetUtcNow().AddSeconds(seconds), role.Name, role.Id, name, policies.Value));
        await Record(caller, "AssumeRole", $"role/{role.Name}", made.Key, role.Account, ct);
        return new[]
        {
            Credentials(made.Key, made.Token),
            new XElement("AssumedRoleUser", new XElement("AssumedRoleId", $"{role.Id}:{name}"), new XElement("Arn", arn)),
            new XElement("PackedPolicySize", policies.Value.Sum(IdentityPolicy.Length) * 100 / SessionPolicyLengthMax),
        };
    }

    public async Task<Result<XElement[]>> GetSessionToken(AccessKey key, Caller caller, IamForm form, CancellationToken ct)
    {
        var seconds = form.Number("DurationSeconds", SecondsMin, OwnSecondsMax, OwnSecondsDefault);
        if (form.Refusal is { } refusal)
            return refusal;
        if (key.Session is not null)
            return IamErrors.AccessDenied("Cannot call GetSessionToken with session credentials");
        // AWS: a root's session lives an hour at most, whatever is asked for.
        var lifetime = key.IsRoot ? Math.Min(seconds, RootSecondsMax) : seconds;
        var made = sessions.Issue(key.Account, key.UserArn, key.UserName, new SessionFacts(time.GetUtcNow().AddSeconds(lifetime), null, access.PrincipalOf(key)?.Id, null, []));
        await Record(caller, "GetSessionToken", $"access-key/{key.Id}", made.Key, key.Account, ct);
        return new[] { Credentials(made.Key, made.Token) };
    }

    private bool Trusts(AccessKey key, IamPrincipal role, IdentityPolicy trust, string? externalId, IReadOnlyList<KeyValuePair<string, string>> facts)
    {
        var more = new List<KeyValuePair<string, string>>(facts) { new("aws:PrincipalAccount", key.Account), new("aws:PrincipalArn", key.UserArn) };
        if (externalId is not null)
            more.Add(new("sts:ExternalId", externalId));
        var who = new PrincipalFacts(key.Account, key.UserArn, access.PrincipalOf(key)?.Arn);
        if (IdentityRules.DecideFor(who, trust, "sts:AssumeRole", role.Arn, PolicyContext.Empty.With(more), out var match) != AccessVerdict.Allowed)
            return false;
        var own = access.Decide(key, "sts:AssumeRole", role.Arn, facts);
        return own == AccessVerdict.Allowed || (own == AccessVerdict.NotAllowed && match == PrincipalMatch.Named && key.Account == role.Account);
    }

    private static Result<IReadOnlyList<string>> Policies(IamForm form)
    {
        if (form.Has("PolicyArns.member.1.arn"))
            return IamErrors.InvalidInput("PolicyArns is not served by Godwit. Give the session's policy as Policy.");
        if (!form.Has("Policy"))
            return Array.Empty<string>();
        var document = form.Document("Policy");
        if (form.Refusal is null && IdentityPolicy.Parse(document).Error is { } malformed)
            return malformed;
        return IdentityPolicy.Length(document) > SessionPolicyLengthMax
            ? new ServiceError("PackedPolicyTooLarge", 400, $"Packed policy consumes {IdentityPolicy.Length(document) * 100 / SessionPolicyLengthMax}% of allotted space, please use smaller policy.")
            : new[] { document };
    }

    private Task<Nothing> Record(Caller caller, string operation, string subject, AccessKey made, string account, CancellationToken ct) => database.Write(
        session =>
        {
            session.Record(new Fact(account, caller.Arn, operation, subject, null, $"{made.Id} until {made.Session!.Expires.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
            return default(Nothing);
        },
        ct);

    private static XElement Credentials(AccessKey key, string token) => new("Credentials",
        new XElement("AccessKeyId", key.Id), new XElement("SecretAccessKey", key.Secret), new XElement("SessionToken", token),
        new XElement("Expiration", IamXml.Date(key.Session!.Expires.ToUnixTimeMilliseconds())));

    /// <summary>AWS: the root's user id is its account, a user's is an id of its own, a session's carries its name.</summary>
    private string UserId(AccessKey key)
    {
        if (key.Session is { RoleName: not null, PrincipalId: { } role, SessionName: var name })
            return $"{role}:{name}";
        if (key.UserName is { } user)
            return directory.User(key.Account, user)?.Id ?? key.Id;
        return key.UserArn.EndsWith(":root", StringComparison.Ordinal) ? key.Account : key.Id;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_+=,.@-]*\z")]
    private static partial Regex SessionNamePattern();
}
