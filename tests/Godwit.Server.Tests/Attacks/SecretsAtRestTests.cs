using System.Text;
using Godwit.Server.Tests.Iam;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A28: secrets that the service was given or gave out stand in none of its files but those that hold them on purpose, and in no answer.</summary>
public sealed class SecretsAtRestTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A28_no_secret_stands_in_the_database_in_objects_or_in_an_error()
    {
        var user = await _server.User("ann", IamClient.Allow("*"));
        var (session, token) = (await _server.Sts(user, null, "GetSessionToken")).Credentials();
        using var client = _server.Client("iot", user);
        var device = await client.Send("POST", "/keys-and-certificate?setAsActive=true", "{}");
        var privateKey = device.Json.GetProperty("keyPair").GetProperty("PrivateKey").GetString()!.Split('\n')[2];
        using var iot = _server.Client("iot");
        var answers = new StringBuilder();
        answers.Append((await client.Get("/things/none")).Text).Append((await _server.WithToken(session, token + "x", "iot", "GET", "/things")).Text)
            .Append((await _server.Iam("ListAccessKeys", ("UserName", "ann"))).Text).Append((await iot.Get("/certificates")).Text);
        await _server.Restart();

        string[] secrets = [user.Secret, session.Secret, token, privateKey, TestServer.Key.Secret, TestServer.OtherKey.Secret];
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, answers.ToString(), StringComparison.Ordinal);
            foreach (var file in Directory.EnumerateFiles(_server.Folder, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith("/lock", StringComparison.Ordinal)))
                Assert.False(Contains(file, secret), $"{Path.GetFileName(file)} holds a secret");
        }
    }

    private static bool Contains(string file, string secret)
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[open.Length];
        open.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0 || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(secret)) >= 0;
    }
}
