using System.Text;
using System.Xml.Linq;

namespace Godwit.Server.Tests.Iam;

/// <summary>Calls of the query protocol, signed for IAM or STS, and of any other service by the keys that come out of them.</summary>
internal static class IamClient
{
    public const string IotTrust =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    public static Task<Answer> Iam(this TestServer server, string action, params (string Name, string Value)[] parameters) =>
        server.Call(TestServer.Key, null, "iam", "2010-05-08", action, parameters);

    public static Task<Answer> Iam(this TestServer server, PresetAccessKey key, string action, params (string Name, string Value)[] parameters) =>
        server.Call(key, null, "iam", "2010-05-08", action, parameters);

    public static Task<Answer> Sts(this TestServer server, PresetAccessKey key, string? token, string action, params (string Name, string Value)[] parameters) =>
        server.Call(key, token, "sts", "2011-06-15", action, parameters);

    public static string Allow(string action, string resource = "*") =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"}]}""";

    /// <summary>The text of the first element of this name, whatever stands around it.</summary>
    public static string Element(this Answer answer, string name) => XDocument.Parse(answer.Text).Descendants().First(element => element.Name.LocalName == name).Value;

    public static IReadOnlyList<string> Elements(this Answer answer, string name) =>
        [.. XDocument.Parse(answer.Text).Descendants().Where(element => element.Name.LocalName == name).Select(element => element.Value)];

    /// <summary>A user with one policy, and a key.</summary>
    public static async Task<PresetAccessKey> User(this TestServer server, string name, string? policy)
    {
        Assert.Equal(200, (await server.Iam("CreateUser", ("UserName", name))).Status);
        if (policy is not null)
            Assert.Equal(200, (await server.Iam("PutUserPolicy", ("UserName", name), ("PolicyName", "p"), ("PolicyDocument", policy))).Status);
        var key = await server.Iam("CreateAccessKey", ("UserName", name));
        return new PresetAccessKey(key.Element("AccessKeyId"), key.Element("SecretAccessKey"), TestServer.Key.Account);
    }

    /// <summary>A role that IoT may assume, with these policies.</summary>
    public static async Task<string> Role(this TestServer server, string name, params string[] policies)
    {
        var made = await server.Iam("CreateRole", ("RoleName", name), ("AssumeRolePolicyDocument", IotTrust));
        Assert.Equal(200, made.Status);
        for (var i = 0; i < policies.Length; i++)
            Assert.Equal(200, (await server.Iam("PutRolePolicy", ("RoleName", name), ("PolicyName", $"p{i}"), ("PolicyDocument", policies[i]))).Status);
        return made.Element("Arn");
    }

    public static (PresetAccessKey Key, string Token) Credentials(this Answer answer) =>
        (new PresetAccessKey(answer.Element("AccessKeyId"), answer.Element("SecretAccessKey"), TestServer.Key.Account), answer.Element("SessionToken"));

    /// <summary>A request of any service with a session's token.</summary>
    public static async Task<Answer> WithToken(this TestServer server, PresetAccessKey key, string token, string service, string method, string path, byte[]? body = null)
    {
        using var client = server.Client(service, key);
        return await client.Send(method, path, body, [new("x-amz-security-token", token)]);
    }

    private static async Task<Answer> Call(
        this TestServer server, PresetAccessKey key, string? token, string service, string version, string action, (string Name, string Value)[] parameters)
    {
        using var client = server.Client(service, key);
        var form = string.Join('&', parameters.Prepend(("Version", version)).Prepend(("Action", action)).Select(p => $"{p.Item1}={Uri.EscapeDataString(p.Item2)}"));
        var headers = new List<KeyValuePair<string, string>> { new("Content-Type", "application/x-www-form-urlencoded; charset=utf-8") };
        if (token is not null)
            headers.Add(new("x-amz-security-token", token));
        return await client.Send("POST", "/", Encoding.UTF8.GetBytes(form), headers);
    }
}
