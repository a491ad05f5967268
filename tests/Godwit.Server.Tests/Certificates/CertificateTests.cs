using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Server.Certificates;
using Godwit.Server.Tests.Things;
using Godwit.Server.Tls;

namespace Godwit.Server.Tests.Certificates;

public sealed class CertificateTests : IAsyncLifetime
{
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_certificate_comes_with_its_keys_and_its_hash_for_an_id()
    {
        var made = await _registry.Certificate();
        using var certificate = X509Certificate2.CreateFromPem(made.CertificatePem, made.KeyPair.PrivateKey);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(certificate.RawData)), made.CertificateId);
        Assert.Equal("arn:aws:iot:eu-central-1:000000000000:cert/" + made.CertificateId, made.CertificateArn);
        Assert.StartsWith("-----BEGIN RSA PRIVATE KEY-----", made.KeyPair.PrivateKey, StringComparison.Ordinal);
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", made.KeyPair.PublicKey, StringComparison.Ordinal);
        Assert.Equal(2048, certificate.GetRSAPublicKey()!.KeySize);
        Assert.Equal(new DateTime(2049, 12, 31, 23, 59, 59, DateTimeKind.Utc), certificate.NotAfter.ToUniversalTime());
        Assert.DoesNotContain("PRIVATE", made.ToString(), StringComparison.Ordinal);

        var described = await Describe(made.CertificateId.ToUpperInvariant());
        Assert.Equal((made.CertificatePem, "ACTIVE", "DEFAULT", "000000000000"), (described.CertificatePem, described.Status, described.CertificateMode, described.OwnedBy));
        Assert.Equal(CertificateAuthority.Expiry, described.Validity.NotAfter);
        Assert.Equal("INACTIVE", (await Describe((await _registry.Certificate(active: false)).CertificateId)).Status);
    }

    [Fact]
    public async Task A_private_key_is_nowhere_but_in_its_answer()
    {
        var made = await _registry.Certificate();
        var secret = made.KeyPair.PrivateKey.Split('\n')[3];
        var columns = await _registry.Get<Server.Storage.Database>().Read(
            s => s.Query<string>("SELECT pem FROM certificate UNION ALL SELECT COALESCE(state_to, '') || COALESCE(why, '') FROM journal"),
            TestContext.Current.CancellationToken);
        Assert.NotEmpty(columns);
        Assert.DoesNotContain(columns, column => column.Contains(secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rsa2048")]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    public async Task A_request_keeps_its_key_and_subject(string kind)
    {
        using AsymmetricAlgorithm key = kind == "rsa2048" ? RSA.Create(2048) : ECDsa.Create(ECCurve.CreateFromFriendlyName(kind));
        var made = await _registry.Do(_registry.Get<CreateCertificateFromCsr>(), new CreateCertificateFromCsr.Request
        {
            CertificateSigningRequest = RequestOf(key, "CN=dev7, O=Plant").CreateSigningRequestPem(), SetAsActive = true,
        });
        using var certificate = X509Certificate2.CreateFromPem(made.CertificatePem);
        Assert.Equal("CN=dev7, O=Plant", certificate.Subject);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal("ACTIVE", (await Describe(made.CertificateId)).Status);
    }

    [Fact]
    public async Task A_bad_request_is_refused()
    {
        using var small = RSA.Create(1024);
        using var odd = ECDsa.Create(ECCurve.CreateFromFriendlyName("brainpoolP256r1"));
        using var good = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var forged = RequestOf(good, "CN=dev7").CreateSigningRequest();
        forged[^3] ^= 1;
        foreach (var pem in (string[])
                 [
                     "hello",
                     "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
                     RequestOf(small, "CN=dev7").CreateSigningRequestPem(),
                     RequestOf(odd, "CN=dev7").CreateSigningRequestPem(),
                     PemEncoding.WriteString("CERTIFICATE REQUEST", forged),
                 ])
        {
            var refused = await _registry.Ask(_registry.Get<CreateCertificateFromCsr>(), new CreateCertificateFromCsr.Request { CertificateSigningRequest = pem });
            Assert.Equal("InvalidRequestException", refused.Error!.Code);
        }
        Assert.Empty(await _registry.Journal());
    }

    [Fact]
    public async Task Anyones_certificate_can_be_registered_once_and_in_one_account()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = SelfSigned(key).ExportCertificatePem();
        var made = await _registry.Do(_registry.Get<RegisterCertificateWithoutCa>(), new RegisterCertificateWithoutCa.Request { CertificatePem = pem, Status = "ACTIVE" });
        var described = await Describe(made.CertificateId);
        Assert.Equal(("ACTIVE", "SNI_ONLY", pem + "\n"), (described.Status, described.CertificateMode, described.CertificatePem));
        foreach (var caller in (Core.Access.Caller[])[Registry.Anna, Registry.Other])
        {
            var refused = await _registry.Ask(_registry.Get<RegisterCertificateWithoutCa>(), new RegisterCertificateWithoutCa.Request { CertificatePem = pem }, caller);
            Assert.Equal(("ResourceAlreadyExistsException", 409), (refused.Error!.Code, refused.Error.Status));
            Assert.Equal(made.CertificateId, refused.Error.Members!["resourceId"]);
        }
    }

    [Fact]
    public async Task What_is_no_device_certificate_is_not_registered()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var small = RSA.Create(1024);
        var pem = SelfSigned(key).ExportCertificatePem();
        foreach (var (text, status, code) in ((string, string?, string)[])
                 [
                     ("hello", null, "CertificateValidationException"),
                     (pem + "\n" + _registry.Get<CertificateAuthority>().Pem, null, "CertificateValidationException"),
                     ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", null, "CertificateValidationException"),
                     (SelfSigned(small).ExportCertificatePem(), null, "CertificateValidationException"),
                     (pem, "PENDING_TRANSFER", "InvalidRequestException"),
                     (pem, "PENDING_ACTIVATION", "InvalidRequestException"),
                 ])
        {
            var refused = await _registry.Ask(
                _registry.Get<RegisterCertificateWithoutCa>(), new RegisterCertificateWithoutCa.Request { CertificatePem = text, Status = status });
            Assert.Equal(code, refused.Error!.Code);
        }
        Assert.Empty(await _registry.Journal());
    }

    [Fact]
    public async Task RegisterCertificate_takes_what_our_CA_signed()
    {
        var authority = _registry.Get<CertificateAuthority>();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = authority.IssueDevice(new X500DistinguishedName("CN=dev7"), new PublicKey(key));
        var made = await _registry.Do(_registry.Get<RegisterCertificate>(), new RegisterCertificate.Request
        {
            CertificatePem = signed.ExportCertificatePem(), CaCertificatePem = authority.Pem, SetAsActive = true,
        });
        Assert.Equal("ACTIVE", (await Describe(made.CertificateId)).Status);
        var foreign = await _registry.Ask(
            _registry.Get<RegisterCertificate>(), new RegisterCertificate.Request { CertificatePem = SelfSigned(key).ExportCertificatePem() });
        Assert.Equal("CertificateValidationException", foreign.Error!.Code);
        Assert.Contains("RegisterCertificateWithoutCA", foreign.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_of_the_services_own_cannot_be_set()
    {
        var made = await _registry.Certificate();
        foreach (var status in (string[])["PENDING_TRANSFER", "PENDING_ACTIVATION", "REGISTER_INACTIVE"])
            Assert.Equal("InvalidRequestException", (await Update(made.CertificateId, status)).Error!.Code);
        foreach (var status in (string[])["INACTIVE", "REVOKED", "ACTIVE"])
        {
            Assert.True((await Update(made.CertificateId, status)).IsOk);
            Assert.Equal(status, (await Describe(made.CertificateId)).Status);
        }
        Assert.Equal(4, (await Describe(made.CertificateId)).CustomerVersion);
        Assert.Equal("ResourceNotFoundException", (await Update(new string('a', 64), "ACTIVE")).Error!.Code);
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(
            _registry.Get<UpdateCertificate>(), new UpdateCertificate.Request { CertificateId = made.CertificateId, NewStatus = "REVOKED" }, Registry.Other)).Error!.Code);
    }

    [Fact]
    public async Task A_certificate_goes_inactive_first_without_things_and_without_policies_or_by_force()
    {
        var made = await _registry.Certificate();
        await _registry.Thing("dev7");
        await _registry.Policy("devices");
        await _registry.AttachPrincipal("dev7", made.CertificateArn);
        await _registry.Attach("devices", made.CertificateArn);
        var active = await Delete(made.CertificateId, force: true);
        Assert.Equal(("CertificateStateException", 406), (active.Error!.Code, active.Error.Status));
        await Update(made.CertificateId, "INACTIVE");
        Assert.Equal("DeleteConflictException", (await Delete(made.CertificateId, force: true)).Error!.Code);
        await _registry.Do(_registry.Get<DetachThingPrincipal>(), new DetachThingPrincipal.Request { ThingName = "dev7", Principal = made.CertificateArn });
        Assert.Equal("DeleteConflictException", (await Delete(made.CertificateId, force: false)).Error!.Code);
        Assert.True((await Delete(made.CertificateId, force: true)).IsOk);
        Assert.Equal("ResourceNotFoundException", (await Delete(made.CertificateId, force: true)).Error!.Code);
        Assert.True((await _registry.Ask(
            _registry.Get<Server.Policies.DeletePolicy>(), new Server.Policies.DeletePolicy.Request { PolicyName = "devices" })).IsOk);
    }

    [Fact]
    public async Task Certificates_are_listed_by_age_in_both_directions()
    {
        for (var i = 0; i < 5; i++)
        {
            await _registry.Certificate();
            if (i != 2)
                _registry.Time.Advance(TimeSpan.FromSeconds(1));
        }
        var oldestFirst = await Listed(ascending: true);
        Assert.Equal(5, oldestFirst.Distinct().Count());
        Assert.Equal(Enumerable.Reverse(oldestFirst), await Listed(ascending: false));
        Assert.Empty((await _registry.Do(_registry.Get<ListCertificates>(), new ListCertificates.Request(), Registry.Other)).Certificates);
    }

    [Fact]
    public async Task Principals_are_attached_and_listed_from_both_sides()
    {
        var made = await _registry.Certificate();
        foreach (var thing in (string[])["dev7", "dev8", "dev9"])
        {
            await _registry.Thing(thing);
            await _registry.AttachPrincipal(thing, made.CertificateArn);
            await _registry.AttachPrincipal(thing, made.CertificateArn);
        }
        Assert.Equal([made.CertificateArn], (await _registry.Do(_registry.Get<ListThingPrincipals>(), new ListThingPrincipals.Request { ThingName = "dev7" })).Principals);
        var first = await _registry.Do(_registry.Get<ListPrincipalThings>(), new ListPrincipalThings.Request { Principal = made.CertificateArn, MaxResults = 2 });
        var second = await _registry.Do(
            _registry.Get<ListPrincipalThings>(), new ListPrincipalThings.Request { Principal = made.CertificateArn, MaxResults = 2, NextToken = first.NextToken });
        Assert.Equal(["dev7", "dev8", "dev9"], first.Things.Concat(second.Things));
        Assert.Equal(3, (await _registry.Journal()).Count(line => line.StartsWith("AttachThingPrincipal", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_exclusive_certificate_stands_for_one_thing()
    {
        var made = await _registry.Certificate();
        await _registry.Thing("dev7");
        await _registry.Thing("dev8");
        Assert.True((await Attach("dev7", made.CertificateArn, "EXCLUSIVE_THING")).IsOk);
        Assert.Equal("InvalidRequestException", (await Attach("dev8", made.CertificateArn, null)).Error!.Code);
        var listed = await _registry.Do(
            _registry.Get<ListPrincipalThingsV2>(), new ListPrincipalThingsV2.Request { Principal = made.CertificateArn, ThingPrincipalType = "EXCLUSIVE_THING" });
        Assert.Equal([new ListPrincipalThingsV2.PrincipalThingObject("dev7", "EXCLUSIVE_THING")], listed.PrincipalThingObjects);
        var other = await _registry.Do(
            _registry.Get<ListThingPrincipalsV2>(), new ListThingPrincipalsV2.Request { ThingName = "dev7", ThingPrincipalType = "NON_EXCLUSIVE_THING" });
        Assert.Empty(other.ThingPrincipalObjects);
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_attached()
    {
        var made = await _registry.Certificate();
        await _registry.Thing("dev7");
        Assert.Equal("ResourceNotFoundException", (await Attach("none", made.CertificateArn, null)).Error!.Code);
        Assert.Equal("ResourceNotFoundException", (await Attach("dev7", "arn:aws:iot:eu-central-1:000000000000:cert/" + new string('0', 64), null)).Error!.Code);
        foreach (var principal in (string[])["dev7", "arn:aws:iot:eu-central-1:123456789012:cert/" + made.CertificateId, "eu-central-1:8d1c0a3e"])
            Assert.Equal("InvalidRequestException", (await Attach("dev7", principal, null)).Error!.Code);
    }

    private static CertificateRequest RequestOf(AsymmetricAlgorithm key, string subject) => key switch
    {
        RSA rsa => new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        _ => new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256),
    };

    private static X509Certificate2 SelfSigned(AsymmetricAlgorithm key) =>
        RequestOf(key, "CN=rogue").CreateSelfSigned(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private async Task<DescribeCertificate.CertificateDescription> Describe(string id) =>
        (await _registry.Do(_registry.Get<DescribeCertificate>(), new DescribeCertificate.Request { CertificateId = id })).CertificateDescription;

    private Task<Result<Nothing>> Update(string id, string status) =>
        _registry.Ask(_registry.Get<UpdateCertificate>(), new UpdateCertificate.Request { CertificateId = id, NewStatus = status });

    private Task<Result<Nothing>> Delete(string id, bool force) =>
        _registry.Ask(_registry.Get<DeleteCertificate>(), new DeleteCertificate.Request { CertificateId = id, ForceDelete = force });

    private Task<Result<Nothing>> Attach(string thing, string principal, string? type) => _registry.Ask(
        _registry.Get<AttachThingPrincipal>(), new AttachThingPrincipal.Request { ThingName = thing, Principal = principal, ThingPrincipalType = type });

    private async Task<List<string>> Listed(bool ascending)
    {
        var ids = new List<string>();
        string? marker = null;
        do
        {
            var page = await _registry.Do(
                _registry.Get<ListCertificates>(), new ListCertificates.Request { AscendingOrder = ascending, PageSize = 2, Marker = marker });
            ids.AddRange(page.Certificates.Select(certificate => certificate.CertificateId));
            marker = page.NextMarker;
        }
        while (marker is not null);
        return ids;
    }
}
