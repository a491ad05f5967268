using Godwit.Server.Certificates;
using Godwit.Server.Tests.Things;

namespace Godwit.Server.Tests.Policies;

public sealed class AuthorizationTests : IAsyncLifetime
{
    private const string Topics = "arn:aws:iot:eu-central-1:000000000000:topic/";

    private Registry _registry = null!;
    private CreateKeysAndCertificate.Response _certificate = null!;

    public async ValueTask InitializeAsync()
    {
        _registry = await Registry.Start();
        _certificate = await _registry.Certificate();
        await _registry.Thing("dev");
        await _registry.AttachPrincipal("dev", _certificate.CertificateArn);
        await _registry.Policy("own", Document("Allow", "iot:Publish", "${iot:Connection.Thing.ThingName}/*"));
        await _registry.Policy("secret", Document("Deny", "iot:Publish", "dev/secret"));
        await _registry.Policy("group", Document("Allow", "iot:Receive", "*"));
        await _registry.Attach("own", _certificate.CertificateArn);
        await _registry.Attach("secret", _certificate.CertificateArn);
        await _registry.Attach("group", (await _registry.Group("hall")).ThingGroupArn);
        await _registry.Add("dev", "hall");
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Effective_are_a_certificates_policies_and_those_of_the_things_groups()
    {
        Assert.Equal(["own", "secret"], await Effective(_certificate.CertificateArn, null));
        Assert.Equal(["group"], await Effective(null, "dev"));
        Assert.Equal(["group", "own", "secret"], await Effective(_certificate.CertificateArn, "dev"));
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(
            _registry.Get<GetEffectivePolicies>(), new GetEffectivePolicies.Request { ThingName = "nobody" })).Error?.Code);
        Assert.Equal("InvalidRequestException", (await _registry.Ask(_registry.Get<GetEffectivePolicies>(), new GetEffectivePolicies.Request())).Error?.Code);
    }

    [Fact]
    public async Task Each_decision_names_the_policies_that_made_it()
    {
        var results = await Test("dev", null, null, ("PUBLISH", "dev/state"), ("PUBLISH", "dev/secret"), ("PUBLISH", "other/state"), ("RECEIVE", "x"));
        Assert.Equal(["ALLOWED", "EXPLICIT_DENY", "IMPLICIT_DENY", "ALLOWED"], results.Select(result => result.AuthDecision));
        Assert.Equal("own", Assert.Single(results[0].Allowed.Policies).PolicyName);
        Assert.Equal("secret", Assert.Single(results[1].Denied.ExplicitDeny.Policies).PolicyName);
        Assert.Equal("group", Assert.Single(results[3].Allowed.Policies).PolicyName);
    }

    [Fact]
    public async Task Without_a_client_id_variables_are_missing_and_policies_can_be_added_and_skipped()
    {
        var unknown = Assert.Single(await Test(null, null, null, ("PUBLISH", "dev/state")));
        Assert.Equal(("IMPLICIT_DENY", "iot:Connection.Thing.ThingName"), (unknown.AuthDecision, Assert.Single(unknown.MissingContextValues)));
        Assert.Equal("ALLOWED", Assert.Single(await Test("dev", null, ["secret"], ("PUBLISH", "dev/secret"))).AuthDecision);
        await _registry.Policy("all", Document("Allow", "iot:Publish", "*"));
        Assert.Equal("ALLOWED", Assert.Single(await Test("dev", ["all"], null, ("PUBLISH", "other/state"))).AuthDecision);
    }

    private static string Document(string effect, string action, string topic) =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"{{effect}}","Action":"{{action}}","Resource":"{{Topics}}{{topic}}"}]}""";

    private async Task<IEnumerable<string>> Effective(string? principal, string? thing) => (await _registry.Do(
        _registry.Get<GetEffectivePolicies>(), new GetEffectivePolicies.Request { Principal = principal, ThingName = thing })).EffectivePolicies.Select(policy => policy.PolicyName);

    private async Task<IReadOnlyList<TestAuthorization.AuthResult>> Test(
        string? clientId, string[]? add, string[]? skip, params (string Action, string Topic)[] asked) =>
        (await _registry.Do(_registry.Get<TestAuthorization>(), new TestAuthorization.Request
        {
            Principal = _certificate.CertificateArn,
            ClientId = clientId,
            PolicyNamesToAdd = add,
            PolicyNamesToSkip = skip,
            AuthInfos = [.. asked.Select(one => new TestAuthorization.AuthInfo { ActionType = one.Action, Resources = [Topics + one.Topic] })],
        })).AuthResults;
}
