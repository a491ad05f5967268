using System.Runtime.Versioning;
using Godwit.Server.Access;
using Godwit.Server.Hosting;
using Godwit.Server.Tests.Acm;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.Access;

/// <summary>Where the key lies that opens all others.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SealKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-key-").FullName;

    private string KeyFile => Path.Combine(_folder, "godwit.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_first_start_with_a_key_file_moves_the_key_there_and_what_was_sealed_stays_readable()
    {
        await using var server = await TestServer.Start();
        using var signer = TestSigner.Make();
        await server.Import(signer);
        var inFolder = Path.Combine(server.Folder, "keys", "seal.key");
        var key = await File.ReadAllBytesAsync(inFolder, TestContext.Current.CancellationToken);

        await server.Restart(options => options with { KeyFile = KeyFile });
        Assert.False(File.Exists(inFolder));
        Assert.Equal(key, await File.ReadAllBytesAsync(KeyFile, TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));

        // Without it nothing starts, and nothing is made in its place.
        var refusal = await Assert.ThrowsAsync<StartupException>(() => server.Restart());
        Assert.Contains($"moved to {KeyFile}", refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(inFolder));
        await server.Restart(options => options with { KeyFile = KeyFile });
    }

    [Fact]
    public async Task A_key_may_be_64_hexadecimal_digits_and_anything_else_is_refused_by_name()
    {
        await File.WriteAllTextAsync(KeyFile, new string('7', 64) + "\n", TestContext.Current.CancellationToken);
        await using (var server = await TestServer.Start(configure: options => options with { KeyFile = KeyFile }))
            Assert.False(File.Exists(Path.Combine(server.Folder, "keys", "seal.key")));
        await File.WriteAllTextAsync(KeyFile, "no key", TestContext.Current.CancellationToken);
        var refusal = await Assert.ThrowsAsync<StartupException>(() => TestServer.Start(configure: options => options with { KeyFile = KeyFile }));
        Assert.Contains("holds no key", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_beside_what_it_seals_and_a_key_that_is_another_are_refused()
    {
        var inside = await Assert.ThrowsAsync<StartupException>(() => TestServer.Start(configure: options => options with { KeyFile = Path.Combine(options.DataDirectory, "my.key") }));
        Assert.Contains("lies in the data folder", inside.Message, StringComparison.Ordinal);
        await using var server = await TestServer.Start();
        await File.WriteAllBytesAsync(KeyFile, new byte[32], TestContext.Current.CancellationToken);
        var other = await Assert.ThrowsAsync<StartupException>(() => server.Restart(options => options with { KeyFile = KeyFile }));
        Assert.Contains("is not the key", other.Message, StringComparison.Ordinal);
        await server.Restart();
    }

    [Fact]
    public void The_start_says_where_the_key_lies()
    {
        Assert.Contains("--key-file", SealKey.Notice(new ServerOptions { DataDirectory = "/data" }, "/data"), StringComparison.Ordinal);
        File.WriteAllBytes(KeyFile, new byte[32]);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Null(SealKey.Notice(new ServerOptions { DataDirectory = "/data", KeyFile = KeyFile }, "/data"));
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("0600", SealKey.Notice(new ServerOptions { DataDirectory = "/data", KeyFile = KeyFile }, "/data"), StringComparison.Ordinal);
    }
}
