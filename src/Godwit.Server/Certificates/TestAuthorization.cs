using System.Text.RegularExpressions;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Policies;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Certificates;

/// <summary>TestAuthorization — POST /test-authorization: what policies say to actions that a device might try, by the rules of the device door.</summary>
public sealed partial class TestAuthorization(Database database) : IOperation<TestAuthorization.Request, TestAuthorization.Response>
{
    public sealed record Request
    {
        public string? Principal { get; init; }

        public string? CognitoIdentityPoolId { get; init; }

        public required IReadOnlyList<AuthInfo> AuthInfos { get; init; }

        public string? ClientId { get; init; }

        public IReadOnlyList<string>? PolicyNamesToAdd { get; init; }

        public IReadOnlyList<string>? PolicyNamesToSkip { get; init; }
    }

    public sealed record AuthInfo
    {
        public string? ActionType { get; init; }

        public required IReadOnlyList<string> Resources { get; init; }
    }

    public sealed record Response(IReadOnlyList<AuthResult> AuthResults);

    public sealed record AuthResult(AuthInfo AuthInfo, PolicySet Allowed, DeniedSets Denied, string AuthDecision, IReadOnlyList<string> MissingContextValues);

    public sealed record DeniedSets(PolicySet ImplicitDeny, PolicySet ExplicitDeny);

    public sealed record PolicySet(IReadOnlyList<PolicyNameAndArn> Policies);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.CognitoIdentityPoolId is not null)
            return Task.FromResult<Result<Response>>(PrincipalRules.NoCognito);
        if (request.Principal is null)
            return Task.FromResult<Result<Response>>(Errors.InvalidRequest("principal is not given. Give the ARN of a certificate."));
        var certificate = PrincipalStore.Read(caller, request.Principal);
        if (!certificate.IsOk)
            return Task.FromResult<Result<Response>>(certificate.Error);
        return database.Read<Result<Response>>(session =>
        {
            if (CertificateStore.Find(session, caller.Account, certificate.Value) is not { } row)
                return CertificateErrors.NoCertificate(certificate.Value);
            var things = PrincipalStore.ThingsOf(session, caller.Account, row.CertificateId);
            var policies = DevicePolicy.For(session, caller.Account, row.CertificateId, things)
                .Where(policy => request.PolicyNamesToSkip?.Contains(policy.PolicyName) is not true).ToList();
            foreach (var name in request.PolicyNamesToAdd ?? [])
            {
                if (DevicePolicy.Named(session, caller.Account, name) is not { } added)
                    return Errors.ResourceNotFound($"Policy not found (name={name})");
                if (!policies.Contains(added))
                    policies.Add(added);
            }
            var context = ContextOf(session, caller.Account, request.ClientId, things);
            var region = caller with { Region = row.Region };
            return new Response([.. request.AuthInfos.Select(info => Test(region, info, policies, context))]);
        }, ct);
    }

    private static AuthResult Test(Caller caller, AuthInfo info, List<DevicePolicy> policies, PolicyContext context)
    {
        var allowed = new List<PolicyNameAndArn>();
        var denied = new List<PolicyNameAndArn>();
        var unread = false;
        var action = "iot:" + info.ActionType?.ToLowerInvariant();
        var open = info.Resources.ToHashSet();
        foreach (var policy in policies)
        {
            var named = PolicyNameAndArn.Of(caller, policy.PolicyName);
            // A document that cannot be read may hold a Deny: the device door then allows nothing.
            if (IotPolicy.Parse(policy.Document) is not { IsOk: true, Value: var read })
            {
                unread = true;
                continue;
            }
            var evaluator = PolicyEvaluator.Compile([read], context, caller.Account, caller.Region);
            var decisions = info.Resources.Select(resource => (Resource: resource, Decision: evaluator.Decide(action, resource))).ToList();
            if (decisions.Exists(one => one.Decision == PolicyDecision.Denied))
                denied.Add(named);
            if (decisions.RemoveAll(one => one.Decision != PolicyDecision.Allowed) < info.Resources.Count)
                allowed.Add(named);
            open.ExceptWith(decisions.Select(one => one.Resource));
        }
        var decision = denied.Count > 0 ? "EXPLICIT_DENY" : open.Count == 0 && !unread ? "ALLOWED" : "IMPLICIT_DENY";
        var implicitly = decision == "IMPLICIT_DENY" ? policies.Select(policy => PolicyNameAndArn.Of(caller, policy.PolicyName)).ExceptBy(allowed.Select(one => one.PolicyName), one => one.PolicyName) : [];
        return new AuthResult(
            info, new PolicySet(allowed), new DeniedSets(new PolicySet([.. implicitly]), new PolicySet(denied)), decision,
            [.. policies.SelectMany(policy => Variables(policy.Document)).Distinct().Where(name => context.Find(name) is null)]);
    }

    /// <summary>AWS: the thing's variables are known where the client id is its name and the certificate is attached to it.</summary>
    private static PolicyContext ContextOf(ReadSession session, string account, string? clientId, List<string> things)
    {
        if (clientId is null)
            return PolicyContext.Empty;
        var known = new Dictionary<string, string> { ["iot:ClientId"] = clientId, ["iot:Connection.Thing.IsAttached"] = things.Contains(clientId) ? "true" : "false" };
        if (things.Contains(clientId) && DeviceThing.Find(session, account, clientId) is { } thing)
        {
            known["iot:Connection.Thing.ThingName"] = thing.ThingName;
            if (thing.ThingTypeName is { } type)
                known["iot:Connection.Thing.ThingTypeName"] = type;
            foreach (var (name, value) in thing.Attributes)
                known[$"iot:Connection.Thing.Attributes[{name}]"] = value;
        }
        return PolicyContext.Empty.With(known);
    }

    private static IEnumerable<string> Variables(string document) => Variable().Matches(document).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"\$\{([A-Za-z][^}]*)\}")]
    private static partial Regex Variable();
}
