using System.Text;
using System.Text.Json.Nodes;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.Acm;

/// <summary>Calls ACM as SDKs do: a POST with the operation's name in a header.</summary>
internal static class AcmClient
{
    public static async Task<Answer> Acm(this TestServer server, string operation, JsonNode body, PresetAccessKey? key = null)
    {
        using var client = server.Client("acm", key);
        return await client.Send("POST", "/", Encoding.UTF8.GetBytes(body.ToJsonString()),
            [new("Content-Type", "application/x-amz-json-1.1"), new("X-Amz-Target", $"CertificateManager.{operation}")]);
    }

    public static JsonObject ImportRequest(string certificatePem, string keyPem, string? chainPem = null)
    {
        var request = new JsonObject { ["Certificate"] = Base64(certificatePem), ["PrivateKey"] = Base64(keyPem) };
        if (chainPem is not null)
            request["CertificateChain"] = Base64(chainPem);
        return request;
    }

    public static async Task<string> Import(this TestServer server, TestSigner signer)
    {
        var answer = await server.Acm("ImportCertificate", ImportRequest(signer.CertificatePem, signer.KeyPem));
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json.GetProperty("CertificateArn").GetString()!;
    }

    public static string Kind(this Answer answer) => answer.Json.GetProperty("__type").GetString()!;

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
