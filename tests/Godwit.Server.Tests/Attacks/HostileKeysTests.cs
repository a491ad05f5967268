using System.Text;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A10: keys of objects that reach for the file system are kept as they are, and only hashes become paths.</summary>
public sealed class HostileKeysTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A10_a_key_is_data_and_never_a_path()
    {
        string[] parts = ["..", ".", "", "...", "etc", "%2e%2e", "..\\", "C:", "con", "nul", "\u202E", "\u2024\u2024", "名", "🦤", "a b", "~root", "$HOME", "`id`", "-rf", "*", "\t", "x".PadRight(200, 'x')];
        var keys = (from a in parts from b in parts select $"{a}/{b}").Concat(parts.Select(part => $"/{part}/../../{part}")).Where(key => key.Trim('/').Length > 0).Distinct().Take(500).ToList();
        using var s3 = _server.Client("s3");
        Assert.Equal(200, (await s3.Send("PUT", "/hostile-keys")).Status);
        var outside = Directory.GetParent(_server.Folder)!.FullName;
        var before = Directory.EnumerateFileSystemEntries(outside, "..*").Count();
        foreach (var key in keys)
        {
            // A client that keeps the path whole, as attackers' clients do.
            var path = "/hostile-keys/" + Uri.EscapeDataString(key).Replace(".", "%2E", StringComparison.Ordinal);
            var put = await s3.Send("PUT", path, Encoding.UTF8.GetBytes(key));
            Assert.True(put.Status is 200 or 400, $"{key}: {put.Status} {put.Text}");
            if (put.Status == 200)
                Assert.Equal(key, (await s3.Get(path)).Text);
        }

        Assert.Equal(before, Directory.EnumerateFileSystemEntries(outside, "..*").Count());
        var objects = Path.Combine(_server.Folder, "objects");
        Assert.All(Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories), file => Assert.Matches("^[0-9a-f]{64}$", Path.GetFileName(file)));
        Assert.All(Directory.EnumerateFileSystemEntries(_server.Folder), entry => Assert.DoesNotContain("passwd", entry, StringComparison.Ordinal));
    }
}
