using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Policies;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Certificates;

/// <summary>GetEffectivePolicies — POST /effective-policies: all policies, with their documents, that hold for a certificate, a thing, or both together.</summary>
public sealed class GetEffectivePolicies(Database database) : IOperation<GetEffectivePolicies.Request, GetEffectivePolicies.Response>
{
    public sealed record Request
    {
        public string? Principal { get; init; }

        public string? CognitoIdentityPoolId { get; init; }

        public string? ThingName { get; init; }
    }

    public sealed record Response(IReadOnlyList<EffectivePolicy> EffectivePolicies);

    public sealed record EffectivePolicy(string PolicyName, string PolicyArn, string PolicyDocument);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.CognitoIdentityPoolId is not null)
            return Task.FromResult<Result<Response>>(PrincipalRules.NoCognito);
        if (request is { Principal: null, ThingName: null })
            return Task.FromResult<Result<Response>>(Errors.InvalidRequest("Neither principal nor thingName is given. Give a certificate's ARN, a thing's name, or both."));
        var certificate = request.Principal is { } principal ? PrincipalStore.Read(caller, principal) : default(Result<string>?);
        if (certificate is { IsOk: false, Error: var refusal })
            return Task.FromResult<Result<Response>>(refusal);
        return database.Read<Result<Response>>(session =>
        {
            if (certificate is { } given && !CertificateStore.Exists(session, caller.Account, given.Value))
                return CertificateErrors.NoCertificate(given.Value);
            if (request.ThingName is { } thing && !Membership.ThingExists(session, caller.Account, thing))
                return CertificateErrors.NoThing(thing);
            var policies = DevicePolicy.For(session, caller.Account, certificate?.Value ?? "", request.ThingName is { } name ? [name] : []);
            return new Response([.. policies
                .OrderBy(policy => policy.PolicyName, StringComparer.Ordinal)
                .Select(policy => new EffectivePolicy(policy.PolicyName, caller.IotArn("policy/" + policy.PolicyName), policy.Document))]);
        }, ct);
    }
}

/// <summary>Principals that an installation does not have.</summary>
internal static class PrincipalRules
{
    public static ServiceError NoCognito { get; } = Errors.InvalidRequest(
        "cognitoIdentityPoolId is not possible: Amazon Cognito is not part of Godwit. Leave it out and name a certificate as principal.");
}
