using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.Acm;

/// <summary>ACM over the wire, as <c>aws acm</c> calls it.</summary>
public sealed class AcmTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private TestServer Server => fixture.Server;

    [Theory]
    [InlineData("P-256", "EC-prime256v1")]
    [InlineData("P-384", "EC-secp384r1")]
    [InlineData("2048", "RSA-2048")]
    [InlineData("4096", "RSA-4096")]
    public async Task An_imported_certificate_is_described_and_given_back_without_its_key(string kind, string algorithm)
    {
        using var signer = TestSigner.Make(kind);
        var arn = await Server.Import(signer);
        Assert.Matches("^arn:aws:acm:us-east-1:000000000000:certificate/[0-9a-f-]{36}$", arn);

        var described = (await Server.Acm("DescribeCertificate", Of(arn))).Json.GetProperty("Certificate");
        Assert.Equal((algorithm, "IMPORTED", "ISSUED"), (Text(described, "KeyAlgorithm"), Text(described, "Type"), Text(described, "Status")));
        Assert.Equal("signer@example.com", Text(described, "DomainName"));
        Assert.Equal("CODE_SIGNING", described.GetProperty("ExtendedKeyUsages")[0].GetProperty("Name").GetString());
        var got = await Server.Acm("GetCertificate", Of(arn));
        Assert.Equal(signer.CertificatePem, got.Json.GetProperty("Certificate").GetString());
        Assert.DoesNotContain("PRIVATE", got.Text, StringComparison.Ordinal);

        var listed = await Server.Acm("ListCertificates", new JsonObject { ["CertificateStatuses"] = new JsonArray("ISSUED") });
        Assert.Contains(arn, listed.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await Server.Acm("DeleteCertificate", Of(arn))).Status);
        var gone = await Server.Acm("DescribeCertificate", Of(arn));
        Assert.Equal((400, "ResourceNotFoundException"), (gone.Status, gone.Kind()));
    }

    [Fact]
    public async Task A_key_that_is_not_the_certificates_is_refused()
    {
        using var one = TestSigner.Make();
        using var other = TestSigner.Make();
        using var rsa = TestSigner.Make("2048");
        foreach (var key in (string[])[other.KeyPem, rsa.KeyPem, "no key", one.CertificatePem])
        {
            var answer = await Server.Acm("ImportCertificate", AcmClient.ImportRequest(one.CertificatePem, key));
            Assert.Equal((400, "ValidationException"), (answer.Status, answer.Kind()));
            Assert.Contains("private key", answer.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_come_as_PKCS8_or_as_openssl_writes_them_for_EC_and_RSA()
    {
        using var ec = TestSigner.Make();
        using var rsa = TestSigner.Make("2048");
        Assert.Equal(200, (await Server.Acm("ImportCertificate", AcmClient.ImportRequest(ec.CertificatePem, ((ECDsa)ec.Key).ExportECPrivateKeyPem()))).Status);
        Assert.Equal(200, (await Server.Acm("ImportCertificate", AcmClient.ImportRequest(rsa.CertificatePem, ((RSA)rsa.Key).ExportRSAPrivateKeyPem()))).Status);
        var encrypted = ec.Key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        var refused = await Server.Acm("ImportCertificate", AcmClient.ImportRequest(ec.CertificatePem, encrypted));
        Assert.Contains("encrypted", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        using var old = TestSigner.Make(expired: true);
        var answer = await Server.Acm("ImportCertificate", AcmClient.ImportRequest(old.CertificatePem, old.KeyPem));
        Assert.Equal("ValidationException", answer.Kind());
        Assert.Contains("expired", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_must_have_signed_the_certificate()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var root = Root(rootKey);
        var request = new CertificateRequest("CN=leaf", leafKey, HashAlgorithmName.SHA256);
        using var leaf = request.Create(root, now.AddHours(-1), now.AddYears(1), [1, 2, 3]);
        using var impostorKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var impostor = Root(impostorKey);

        var good = await Server.Acm("ImportCertificate", AcmClient.ImportRequest(leaf.ExportCertificatePem(), leafKey.ExportPkcs8PrivateKeyPem(), root.ExportCertificatePem()));
        Assert.True(good.Status == 200, good.Text);
        var bad = await Server.Acm("ImportCertificate", AcmClient.ImportRequest(leaf.ExportCertificatePem(), leafKey.ExportPkcs8PrivateKeyPem(), impostor.ExportCertificatePem()));
        Assert.Equal("ValidationException", bad.Kind());
        Assert.Contains("did not sign", bad.Message, StringComparison.Ordinal);

        X509Certificate2 Root(ECDsa key)
        {
            var made = new CertificateRequest("CN=root", key, HashAlgorithmName.SHA256);
            made.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return made.CreateSelfSigned(now.AddDays(-1), now.AddYears(5));
        }
    }

    [Fact]
    public async Task A_certificate_is_imported_again_under_its_ARN_with_a_key_of_the_same_kind_only()
    {
        using var first = TestSigner.Make();
        using var second = TestSigner.Make();
        using var rsa = TestSigner.Make("2048");
        var arn = await Server.Import(first);
        var again = AcmClient.ImportRequest(second.CertificatePem, second.KeyPem);
        again["CertificateArn"] = arn;
        Assert.Equal(arn, (await Server.Acm("ImportCertificate", again)).Json.GetProperty("CertificateArn").GetString());
        Assert.Equal(second.CertificatePem, (await Server.Acm("GetCertificate", Of(arn))).Json.GetProperty("Certificate").GetString());
        var other = AcmClient.ImportRequest(rsa.CertificatePem, rsa.KeyPem);
        other["CertificateArn"] = arn;
        Assert.Equal("ValidationException", (await Server.Acm("ImportCertificate", other)).Kind());
    }

    [Fact]
    public async Task Tags_are_kept_and_removed()
    {
        using var signer = TestSigner.Make();
        var arn = await Server.Import(signer);
        var tags = Of(arn);
        tags["Tags"] = new JsonArray(new JsonObject { ["Key"] = "line", ["Value"] = "a" }, new JsonObject { ["Key"] = "site", ["Value"] = "b" });
        Assert.Equal(200, (await Server.Acm("AddTagsToCertificate", tags)).Status);
        var other = Of(arn);
        other["Tags"] = new JsonArray(new JsonObject { ["Key"] = "line", ["Value"] = "z" }, new JsonObject { ["Key"] = "site" });
        Assert.Equal(200, (await Server.Acm("RemoveTagsFromCertificate", other)).Status);
        // A value that is given must be the tag's.
        Assert.Equal("""{"Tags":[{"Key":"line","Value":"a"}]}""", (await Server.Acm("ListTagsForCertificate", Of(arn))).Text);
    }

    [Fact]
    public async Task What_is_not_served_or_not_there_has_ACMs_exceptions()
    {
        Assert.Equal("InvalidParameterException", (await Server.Acm("RequestCertificate", new JsonObject { ["DomainName"] = "example.com" })).Kind());
        Assert.Equal("UnknownOperationException", (await Server.Acm("ExportCertificate", new JsonObject())).Kind());
        Assert.Equal("ValidationException", (await Server.Acm("DescribeCertificate", Of("arn:aws:iot:us-east-1:000000000000:cert/1"))).Kind());
        using var signer = TestSigner.Make();
        var arn = await Server.Import(signer);
        Assert.Equal("ResourceNotFoundException", (await Server.Acm("DescribeCertificate", Of(arn), TestServer.OtherKey)).Kind());
        Assert.DoesNotContain(arn, (await Server.Acm("ListCertificates", new JsonObject(), TestServer.OtherKey)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_of_a_list_have_each_certificate_once_in_either_order()
    {
        await using var server = await TestServer.Start();
        using var signer = TestSigner.Make();
        var arns = new List<string>();
        for (var i = 0; i < 5; i++)
            arns.Add(await server.Import(signer));
        foreach (var order in (string?[])[null, "ASCENDING"])
        {
            var (seen, token) = (new List<string>(), (string?)null);
            do
            {
                var request = new JsonObject { ["MaxItems"] = 2 };
                if (token is not null)
                    request["NextToken"] = token;
                if (order is not null)
                    (request["SortBy"], request["SortOrder"]) = ("CREATED_AT", order);
                var page = (await server.Acm("ListCertificates", request)).Json;
                seen.AddRange(page.GetProperty("CertificateSummaryList").EnumerateArray().Select(one => one.GetProperty("CertificateArn").GetString()!));
                token = page.TryGetProperty("NextToken", out var next) ? next.GetString() : null;
            }
            while (token is not null);
            Assert.Equal(arns.Order(), seen.Order());
        }
    }

    [Fact]
    public async Task A_private_key_is_not_found_in_any_file()
    {
        await using var server = await TestServer.Start();
        using var signer = TestSigner.Make();
        await server.Import(signer);
        var secret = ((ECDsa)signer.Key).ExportParameters(true).D!;
        var pem = Encoding.ASCII.GetBytes(signer.KeyPem.Split('\n')[2][..40]);
        foreach (var file in Directory.EnumerateFiles(server.Folder, "*", SearchOption.AllDirectories).Where(name => Path.GetFileName(name) != "lock"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
            Assert.True(bytes.AsSpan().IndexOf(secret) < 0 && bytes.AsSpan().IndexOf(pem) < 0, $"{file} holds the key");
        }
    }

    private static JsonObject Of(string arn) => new() { ["CertificateArn"] = arn };

    private static string? Text(System.Text.Json.JsonElement parent, string name) => parent.GetProperty(name).GetString();
}
