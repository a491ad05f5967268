using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Certificates;
using Godwit.Server.Iam;
using Godwit.Server.Tags;
using Godwit.Server.Tests.Iam;
using Godwit.Server.Tests.Things;

namespace Godwit.Server.Tests.Certificates;

public sealed class CaCertificateTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Past = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TestCa _ca = new("Plant CA");
    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task The_registration_code_stays_until_it_is_deleted_and_each_account_has_its_own()
    {
        var code = await Code();
        Assert.Matches("^[0-9a-f]{64}$", code);
        Assert.Equal(code, await Code());
        Assert.NotEqual(code, await Code(Registry.Other));
        Assert.True((await _registry.Ask(_registry.Get<DeleteRegistrationCode>(), new DeleteRegistrationCode.Request())).IsOk);
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(_registry.Get<DeleteRegistrationCode>(), new DeleteRegistrationCode.Request())).Error!.Code);
        Assert.NotEqual(code, await Code());
    }

    [Fact]
    public async Task A_CA_whose_key_is_proven_is_registered_and_described()
    {
        var request = Request(_ca, proof: _ca.Proof(await Code())) with
        {
            SetAsActive = true,
            AllowAutoRegistration = true,
            RegistrationConfig = new RegistrationConfig { RoleArn = "arn:aws:iam::000000000000:role/jitr" },
            Tags = [new Tag { Key = "plant", Value = "7" }],
        };
        var made = await _registry.Do(_registry.Get<RegisterCaCertificate>(), request);
        Assert.Equal((_ca.Id, $"arn:aws:iot:eu-central-1:000000000000:cacert/{_ca.Id}"), (made.CertificateId, made.CertificateArn));

        var answer = await Describe();
        var described = answer.CertificateDescription;
        Assert.Equal(
            ("ACTIVE", "ENABLE", "DEFAULT", _ca.Pem + "\n", 1L),
            (described.Status, described.AutoRegistrationStatus, described.CertificateMode, described.CertificatePem, described.CustomerVersion));
        Assert.Equal("arn:aws:iam::000000000000:role/jitr", answer.RegistrationConfig!.RoleArn);
        var tags = await _registry.Do(_registry.Get<ListTagsForResource>(), new ListTagsForResource.Request { ResourceArn = made.CertificateArn });
        Assert.Equal("7", Assert.Single(tags.Tags).Value);
        Assert.Equal("ResourceNotFoundException", (await _registry.Ask(
            _registry.Get<DescribeCaCertificate>(), new DescribeCaCertificate.Request { CertificateId = _ca.Id }, Registry.Other)).Error!.Code);
    }

    [Fact]
    public async Task SNI_ONLY_asks_for_no_proof_and_without_switches_a_CA_is_inactive()
    {
        await Register(_ca);
        var described = (await Describe()).CertificateDescription;
        Assert.Equal(("INACTIVE", "DISABLE", "SNI_ONLY"), (described.Status, described.AutoRegistrationStatus, described.CertificateMode));
        Assert.Null((await Describe()).RegistrationConfig);
    }

    [Fact]
    public async Task A_proof_that_proves_nothing_is_refused_with_cause_and_remedy()
    {
        const string invalid = "CertificateValidationException", code = "RegistrationCodeValidationException";
        await Refused(code, "GetRegistrationCode", Request(_ca, _ca.Proof("0123456789abcdef")));
        var own = await Code();
        await Refused(invalid, "SNI_ONLY", Request(_ca, null));
        await Refused(invalid, "has not signed", Request(_ca, new TestCa("Plant CA").Proof(own)));
        await Refused(invalid, "has not signed", Request(_ca, new TestCa("Other CA").Proof(own)));
        await Refused(invalid, "verificationCertificate", Request(_ca, _ca.Proof(own, Past)));
        await Refused(invalid, "verificationCertificate", Request(_ca, "hello"));
        await Refused(code, "subject is CN=dev7", Request(_ca, _ca.Proof("dev7")));
        await Refused(code, "GetRegistrationCode", Request(_ca, _ca.Proof(await Code(Registry.Other))));
        await Refused("InvalidRequestException", "verificationCertificate", Request(_ca, _ca.Proof(own)) with { CertificateMode = "SNI_ONLY" });
        Assert.True((await Ask(Request(_ca, _ca.Proof(own)))).IsOk);
    }

    [Fact]
    public async Task What_is_no_CA_of_today_is_refused()
    {
        using var small = RSA.Create(1024);
        const string invalid = "CertificateValidationException";
        await Refused(invalid, "CA:TRUE", Sni(new TestCa("leaf", isCa: false)));
        await Refused(invalid, "valid now", Sni(new TestCa("old", end: Past)));
        await Refused(invalid, "1024 bits", Sni(new TestCa("small", generator: X509SignatureGenerator.CreateForRSA(small, RSASignaturePadding.Pkcs1))));
        await Refused(invalid, "PEM", Sni(_ca) with { CaCertificate = "hello" });
        await Refused("InvalidRequestException", "no Resources", Sni(_ca) with { RegistrationConfig = new RegistrationConfig { TemplateBody = "{}" } });
        await Refused("InvalidRequestException", "templateName", Sni(_ca) with { RegistrationConfig = new RegistrationConfig { TemplateName = "t", TemplateBody = "{}" } });
        Assert.Equal(("ResourceNotFoundException", 404), await Code(Sni(_ca) with { RegistrationConfig = new RegistrationConfig { TemplateName = "t" } }, Registry.Anna));
        await Refused("InvalidRequestException", "aws:", Sni(_ca) with { Tags = [new Tag { Key = "aws:x", Value = "y" }] });
        Assert.Empty(await _registry.Journal());
    }

    /// <summary>As every role: where an account has roles, what is named must be there and trust the service.</summary>
    [Fact]
    public async Task A_role_for_its_devices_must_be_there_once_the_account_has_roles()
    {
        var missing = Sni(_ca) with { RegistrationConfig = new RegistrationConfig { RoleArn = "arn:aws:iam::000000000000:role/none" } };
        var iam = _registry.Get<IamOperations>();
        var made = await iam.Run(iam.All["CreateRole"], new IamCall(Registry.Anna, new IamForm(new Dictionary<string, string> { ["RoleName"] = "jitp", ["AssumeRolePolicyDocument"] = IamClient.IotTrust }), null), TestContext.Current.CancellationToken);
        Assert.True(made.IsOk, made.Error?.Message);
        await Refused("InvalidRequestException", "role/none does not exist", missing);
        await _registry.Do(_registry.Get<RegisterCaCertificate>(), missing with { RegistrationConfig = new RegistrationConfig { RoleArn = "arn:aws:iam::000000000000:role/jitp" } });
        Assert.Equal("InvalidRequestException", (await _registry.Ask(_registry.Get<UpdateCaCertificate>(), new UpdateCaCertificate.Request { CertificateId = _ca.Id, RegistrationConfig = missing.RegistrationConfig })).Error!.Code);
    }

    [Fact]
    public async Task A_CA_is_in_one_account_and_ten_may_have_one_name()
    {
        await Register(_ca);
        foreach (var caller in (Caller[])[Registry.Anna, Registry.Other])
            Assert.Equal(("ResourceAlreadyExistsException", 409), await Code(Sni(_ca), caller));
        for (var i = 1; i < 10; i++)
            await Register(new TestCa("Plant CA"));
        Assert.Equal(("LimitExceededException", 410), await Code(Sni(new TestCa("Plant CA")), Registry.Anna));
        await Register(new TestCa("Other CA"));

        var seen = new List<string>();
        string? marker = null;
        do
        {
            var page = await _registry.Do(
                _registry.Get<ListCaCertificates>(), new ListCaCertificates.Request { PageSize = 4, Marker = marker, AscendingOrder = true });
            seen.AddRange(page.Certificates.Select(item => item.CertificateId));
            marker = page.NextMarker;
        }
        while (marker is not null);
        Assert.Equal((11, 11), (seen.Count, seen.Distinct().Count()));
        Assert.Contains(_ca.Id, seen);
        Assert.Empty((await _registry.Do(_registry.Get<ListCaCertificates>(), new ListCaCertificates.Request { TemplateName = "t" })).Certificates);
        Assert.Empty((await _registry.Do(_registry.Get<ListCaCertificates>(), new ListCaCertificates.Request(), Registry.Other)).Certificates);
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_auto_registration_can_be_removed()
    {
        await Register(_ca);
        await Update(new() { CertificateId = _ca.Id, NewStatus = "ACTIVE" });
        await Update(new() { CertificateId = _ca.Id, NewAutoRegistrationStatus = "ENABLE", RegistrationConfig = new RegistrationConfig { RoleArn = "arn:aws:iam::000000000000:role/jitr" } });
        await Update(new() { CertificateId = _ca.Id, NewStatus = "ACTIVE" });
        var described = (await Describe()).CertificateDescription;
        Assert.Equal(("ACTIVE", "ENABLE", 3L), (described.Status, described.AutoRegistrationStatus, described.CustomerVersion));

        await Update(new() { CertificateId = _ca.Id, RemoveAutoRegistration = true });
        var answer = await Describe();
        Assert.Equal(("ACTIVE", "DISABLE"), (answer.CertificateDescription.Status, answer.CertificateDescription.AutoRegistrationStatus));
        Assert.Null(answer.RegistrationConfig);

        foreach (var (request, code) in ((UpdateCaCertificate.Request, string)[])
                 [
                     (new() { CertificateId = new string('a', 64), NewStatus = "ACTIVE" }, "ResourceNotFoundException"),
                     (new() { CertificateId = _ca.Id, RegistrationConfig = new RegistrationConfig { TemplateName = "t", TemplateBody = "{}" } }, "InvalidRequestException"),
                     (new() { CertificateId = _ca.Id, RemoveAutoRegistration = true, NewAutoRegistrationStatus = "ENABLE" }, "InvalidRequestException"),
                 ])
            Assert.Equal(code, (await _registry.Ask(_registry.Get<UpdateCaCertificate>(), request)).Error!.Code);
    }

    [Fact]
    public async Task A_CA_goes_inactive_before_it_is_deleted_and_its_devices_stay()
    {
        await Register(_ca, active: true);
        var device = await RegisterDevice(_ca.Sign("dev7"), _ca.Pem);
        Assert.Equal(("CertificateStateException", 406), (await Delete()) is { IsOk: false, Error: var error } ? (error.Code, error.Status) : default);
        await Update(new() { CertificateId = _ca.Id, NewStatus = "INACTIVE" });
        Assert.True((await Delete()).IsOk);
        Assert.Equal("ResourceNotFoundException", (await Delete()).Error!.Code);
        var described = await _registry.Do(_registry.Get<DescribeCertificate>(), new DescribeCertificate.Request { CertificateId = device.Value.CertificateId });
        Assert.Equal(_ca.Id, described.CertificateDescription.CaCertificateId);
        await Register(_ca);
    }

    [Fact]
    public async Task RegisterCertificate_takes_what_a_registered_active_CA_of_the_account_signed()
    {
        Assert.Equal("CertificateValidationException", (await RegisterDevice(_ca.Sign("dev1"), null)).Error!.Code);
        await Register(_ca, active: true);
        var first = await RegisterDevice(_ca.Sign("dev2"), null);
        var second = await RegisterDevice(_ca.Sign("dev3"), _ca.Pem);
        Assert.Equal("CertificateValidationException", (await RegisterDevice(_ca.Sign("dev4"), new TestCa("Plant CA").Pem)).Error!.Code);
        Assert.Equal("CertificateValidationException", (await RegisterDevice(new TestCa("Plant CA").Sign("dev5"), null)).Error!.Code);
        Assert.Equal("CertificateValidationException", (await RegisterDevice(_ca.Sign("dev6"), null, Registry.Other)).Error!.Code);
        await Update(new() { CertificateId = _ca.Id, NewStatus = "INACTIVE" });
        Assert.Equal("CertificateValidationException", (await RegisterDevice(_ca.Sign("dev7"), null)).Error!.Code);

        var one = await ByCa(null);
        var two = await ByCa(one.NextMarker);
        Assert.Null(two.NextMarker);
        Assert.Equal(
            [.. new[] { first.Value.CertificateId, second.Value.CertificateId }.Order()],
            one.Certificates.Concat(two.Certificates).Select(item => item.CertificateId).Order());
    }

    [Theory]
    [InlineData("ecdsa", "SHA256")]
    [InlineData("ecdsa", "SHA512")]
    [InlineData("pkcs1", "SHA384")]
    [InlineData("pss", "SHA256")]
    public void A_signature_counts_if_it_is_the_signers_and_whole(string kind, string hash)
    {
        using var rsa = RSA.Create(2048);
        var signer = new TestCa("Plant CA", hash: new HashAlgorithmName(hash), generator: kind switch
        {
            "pkcs1" => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
            "pss" => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pss),
            _ => null,
        });
        using var leaf = signer.Sign("dev7");
        Assert.True(CertificateSignature.IsBy(leaf, signer.Certificate));
        var bytes = leaf.RawData;
        bytes[^1] ^= 1;
        using var forged = X509CertificateLoader.LoadCertificate(bytes);
        Assert.False(CertificateSignature.IsBy(forged, signer.Certificate));
        Assert.False(CertificateSignature.IsBy(leaf, new TestCa("Plant CA").Certificate));
        Assert.False(CertificateSignature.IsBy(leaf, new TestCa("Plant CA", generator: X509SignatureGenerator.CreateForRSA(RSA.Create(2048), RSASignaturePadding.Pkcs1)).Certificate));
    }

    private static RegisterCaCertificate.Request Request(TestCa ca, string? proof) => new() { CaCertificate = ca.Pem, VerificationCertificate = proof };

    private static RegisterCaCertificate.Request Sni(TestCa ca) => Request(ca, null) with { CertificateMode = "SNI_ONLY" };

    private async Task<string> Code(Caller? caller = null) =>
        (await _registry.Do(_registry.Get<GetRegistrationCode>(), new GetRegistrationCode.Request(), caller)).RegistrationCode;

    private Task<RegisterCaCertificate.Response> Register(TestCa ca, bool active = false) =>
        _registry.Do(_registry.Get<RegisterCaCertificate>(), Sni(ca) with { SetAsActive = active });

    private Task<Result<RegisterCaCertificate.Response>> Ask(RegisterCaCertificate.Request request, Caller? caller = null) =>
        _registry.Ask(_registry.Get<RegisterCaCertificate>(), request, caller);

    private async Task<(string, int)> Code(RegisterCaCertificate.Request request, Caller caller) =>
        (await Ask(request, caller)) is { IsOk: false, Error: var error } ? (error.Code, error.Status) : default;

    private async Task Refused(string code, string words, RegisterCaCertificate.Request request)
    {
        var refused = (await Ask(request)).Error!;
        Assert.Equal((code, 400), (refused.Code, refused.Status));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    private Task<DescribeCaCertificate.Response> Describe() =>
        _registry.Do(_registry.Get<DescribeCaCertificate>(), new DescribeCaCertificate.Request { CertificateId = _ca.Id.ToUpperInvariant() });

    private Task<Nothing> Update(UpdateCaCertificate.Request request) => _registry.Do(_registry.Get<UpdateCaCertificate>(), request);

    private Task<Result<Nothing>> Delete() =>
        _registry.Ask(_registry.Get<DeleteCaCertificate>(), new DeleteCaCertificate.Request { CertificateId = _ca.Id });

    private Task<Result<RegisterCertificate.Response>> RegisterDevice(X509Certificate2 device, string? caPem, Caller? caller = null) => _registry.Ask(
        _registry.Get<RegisterCertificate>(), new RegisterCertificate.Request { CertificatePem = device.ExportCertificatePem(), CaCertificatePem = caPem }, caller);

    private Task<ListCertificatesByCa.Response> ByCa(string? marker) => _registry.Do(
        _registry.Get<ListCertificatesByCa>(), new ListCertificatesByCa.Request { CaCertificateId = _ca.Id, PageSize = 1, Marker = marker });
}
