using System.Text;
using Godwit.Server.Access;
using Godwit.Server.Hosting;

namespace Godwit.Server.Tests.Access;

public sealed class AccessKeysTests
{
    [Fact]
    public async Task The_first_start_makes_a_default_key_and_writes_it_for_its_owner_alone()
    {
        await using var server = await TestServer.Start();
        var path = Path.Combine(server.Folder, "credentials");
        var key = Assert.IsType<AccessKey>(server.Get<AccessKeys>().Find(Credential(path, "aws_access_key_id")));
        Assert.Equal(key.Secret, Credential(path, "aws_secret_access_key"));
        Assert.Equal("arn:aws:iam::000000000000:root", key.UserArn);
        Assert.StartsWith("[default]\n", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task A_later_start_keeps_the_default_key_and_writes_its_file_again_if_it_is_gone()
    {
        await using var server = await TestServer.Start();
        var path = Path.Combine(server.Folder, "credentials");
        var id = Credential(path, "aws_access_key_id");
        var secret = Credential(path, "aws_secret_access_key");
        File.Delete(path);
        await server.Restart();
        Assert.Equal(id, Credential(path, "aws_access_key_id"));
        Assert.Equal(secret, server.Get<AccessKeys>().Find(id)?.Secret);
    }

    [Fact]
    public async Task No_file_but_the_credentials_holds_the_default_secret()
    {
        await using var server = await TestServer.Start();
        var secret = Encoding.UTF8.GetBytes(Credential(Path.Combine(server.Folder, "credentials"), "aws_secret_access_key"));
        foreach (var file in Directory.GetFiles(server.Folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) is not ("credentials" or "lock")))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var content = new MemoryStream();
            await stream.CopyToAsync(content, TestContext.Current.CancellationToken);
            Assert.Equal(-1, content.ToArray().AsSpan().IndexOf(secret));
        }
    }

    [Fact]
    public async Task A_seal_that_does_not_fit_the_database_is_named_at_start()
    {
        await using var server = await TestServer.Start();
        var seal = Path.Combine(server.Folder, "keys", "seal.key");
        var right = await File.ReadAllBytesAsync(seal, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(seal, new byte[32], TestContext.Current.CancellationToken);
        var refusal = await Assert.ThrowsAsync<StartupException>(() => server.Restart());
        Assert.Contains("keys/seal.key", refusal.Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(seal, right, TestContext.Current.CancellationToken);
        await server.Restart();
    }

    [Fact]
    public async Task Each_account_has_an_inner_key_of_its_own_that_is_the_same_after_a_restart()
    {
        await using var server = await TestServer.Start();
        var one = server.Get<AccessKeys>().Inner("111111111111");
        Assert.NotEqual(one.Secret, server.Get<AccessKeys>().Inner("222222222222").Secret);
        await server.Restart();
        Assert.Equal(one.Secret, server.Get<AccessKeys>().Find(one.Id)?.Secret);
        Assert.Null(server.Get<AccessKeys>().Find("GODWITx11111111111"));
    }

    private static string Credential(string path, string name) =>
        File.ReadLines(path).Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(" = ")[1];
}
