using System.Text.Json.Nodes;
using Godwit.Core.Signing;
using Godwit.Fleet;
using Godwit.Server.Acm.Tokens;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.Acm;

/// <summary>Signing keys that stay in a PKCS #11 token, from ImportCertificate to what a device verifies.</summary>
public sealed class TokenKeyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_in_a_token_signs_updates_and_never_comes_into_the_database()
    {
        var token = SoftToken.Open("fleet");
        await using var fleet = await SigningFleet.Start(options => options with { Pkcs11 = token });
        foreach (var (kind, id, encryption) in ((string, string, string?)[])[("P-256", "01", null), ("2048", "02", "RSA")])
        {
            using var signer = TestSigner.Make(kind);
            SoftToken.Import(token, signer, $"signer {id}", id);
            var arn = Arn(await Import(fleet, signer, $"pkcs11:token=fleet;object=signer%20{id};type=private"));
            using var known = signer.PublicKey();
            var (end, execution) = await fleet.Update(SigningFleet.Started(await fleet.Upload(), await fleet.Profile(arn, SigningPlatforms.FreeRtos, encryption)), known, "MQTT");
            Assert.True(end.Phase == DevicePhase.Succeeded, end.Detail);
            Assert.Equal("SUCCEEDED", execution);
        }
        var keys = await fleet.Server.Get<Database>().Read(s => s.Query<(long Bytes, string Name)>("SELECT length(sealed_key), token_key FROM acm_certificate ORDER BY token_key"), Ct);
        Assert.Equal([(0, "pkcs11:token=fleet;object=signer%2001"), (0, "pkcs11:token=fleet;object=signer%2002")], keys);
    }

    [Fact]
    public async Task A_key_that_is_not_the_certificates_or_not_this_accounts_is_refused_by_name()
    {
        var token = SoftToken.Open("refusing");
        await using var server = await TestServer.Start(configure: options => options with { Pkcs11 = token });
        using var signer = TestSigner.Make();
        using var other = TestSigner.Make();
        SoftToken.Import(token, signer, "mine", "01");
        SoftToken.Import(token, other, "mine", "02");
        foreach (var (name, words) in ((string, string)[])
            [("pkcs11:object=mine", "more than one"), ("pkcs11:object=mine;id=%02", "not the key of this certificate"), ("pkcs11:object=nobody", "no private key"),
            ("pkcs11:token=elsewhere;object=mine", "token elsewhere"), ("pkcs11:id=%01?pin-value=1234", "query"), ("pkcs11:", "names no key")])
        {
            var refused = await server.Acm("ImportCertificate", AcmClient.ImportRequest(signer.CertificatePem, name));
            Assert.Equal((400, "ValidationException"), (refused.Status, refused.Kind()));
            Assert.Contains(words, refused.Text, StringComparison.Ordinal);
        }
        // A certificate is public: who has it must not sign with the key of another account.
        var stranger = await server.Acm("ImportCertificate", AcmClient.ImportRequest(signer.CertificatePem, "pkcs11:id=%01"), TestServer.OtherKey);
        Assert.Contains("Pkcs11Account", stranger.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await server.Acm("ImportCertificate", AcmClient.ImportRequest(signer.CertificatePem, "pkcs11:id=%01"))).Status);
    }

    [Fact]
    public async Task While_the_token_is_away_updates_fail_with_its_name_and_sign_again_when_it_is_back()
    {
        var token = SoftToken.Open("leaving");
        await using var fleet = await SigningFleet.Start(options => options with { Pkcs11 = token });
        using var signer = TestSigner.Make();
        SoftToken.Import(token, signer, "signer", "01");
        var profile = await fleet.Profile(Arn(await Import(fleet, signer, "pkcs11:id=%01")), SigningPlatforms.FreeRtos, null);

        await fleet.Restart(options => options with { Pkcs11 = token with { Token = "gone" } });
        var failed = await Assert.ThrowsAsync<Godwit.Fleet.Operator.AwsCallException>(async () => await fleet.Update(SigningFleet.Started(await fleet.Upload(), profile), signer.Key, "MQTT"));
        Assert.Contains("no token with the label gone", failed.Message, StringComparison.Ordinal);

        await fleet.Restart(options => options with { Pkcs11 = token });
        var (end, _) = await fleet.Update(SigningFleet.Started(await fleet.Upload(), profile), signer.Key, "MQTT");
        Assert.Equal(DevicePhase.Succeeded, end.Phase);
    }

    [Fact]
    public void What_keeps_a_token_from_opening_is_named()
    {
        var token = SoftToken.Open("asked");
        Assert.Contains("CKR_PIN_INCORRECT", TokenKeys.WhyNot(token with { PinFile = null, Pin = "0000" }), StringComparison.Ordinal);
        Assert.Contains("Pkcs11PinFile", TokenKeys.WhyNot(token with { PinFile = "/nowhere" }), StringComparison.Ordinal);
        Assert.Contains("no token with the label nobody", TokenKeys.WhyNot(token with { Token = "nobody" }), StringComparison.Ordinal);
        Assert.Contains("no PKCS #11 module", TokenKeys.WhyNot(token with { Module = "/etc/hostname" }), StringComparison.Ordinal);
        Assert.Null(TokenKeys.WhyNot(token));
        Assert.DoesNotContain(SoftToken.Pin, (token with { PinFile = null, Pin = SoftToken.Pin }).ToString(), StringComparison.Ordinal);
    }

    private static Task<Answer> Import(SigningFleet fleet, TestSigner signer, string name) => fleet.Server.Acm("ImportCertificate", AcmClient.ImportRequest(signer.CertificatePem, name));

    private static string Arn(Answer answer)
    {
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json.GetProperty("CertificateArn").GetString()!;
    }
}
