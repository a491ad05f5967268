using System.Security.Cryptography;
using Godwit.Core.Objects;
using Godwit.Server.Objects.Bytes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Tests.Objects;

public sealed class FileObjectBytesTests : IDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), $"godwit-{Guid.NewGuid():N}");
    private readonly FileObjectBytes _bytes;

    public FileObjectBytesTests() => _bytes = Open();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_are_named_by_their_sha256_and_read_back()
    {
        var image = Random(100_000);
        var id = await Store(image);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(image)), id.Value);
        using var lease = await _bytes.Map(id, Ct);
        Assert.Equal(image, lease.Memory.ToArray());
        Assert.Equal(image[10..20], await Read(id, new ByteRange(10, 10)));
        Assert.Equal(image, await Read(id, new ByteRange(0, image.Length)));
    }

    [Fact]
    public async Task Equal_bytes_are_kept_once()
    {
        var first = await Store(Random(5000));
        var second = await Store(Random(5000));
        Assert.Equal(first, second);
        Assert.Single(Files());
    }

    [Fact]
    public async Task No_bytes_at_all_are_bytes_too()
    {
        var id = await Store([]);
        using var lease = await _bytes.Map(id, Ct);
        Assert.True(lease.Memory.IsEmpty);
        Assert.Empty(await Read(id, new ByteRange(0, 0)));
    }

    [Fact]
    public async Task An_unfinished_write_leaves_nothing()
    {
        await using (var writer = _bytes.Create())
            await writer.Append(Random(5000), Ct);
        Assert.Empty(Files());
        Assert.Empty(Directory.GetFiles(Path.Combine(_root, "tmp")));
    }

    [Fact]
    public void What_a_killed_process_left_half_written_is_removed_at_start()
    {
        File.WriteAllText(Path.Combine(_root, "tmp", "1"), "half");
        using var reopened = Open();
        Assert.Empty(Directory.GetFiles(Path.Combine(_root, "tmp")));
    }

    [Fact]
    public async Task A_mapped_block_costs_no_allocation()
    {
        var id = await Store(Random(1 << 20));
        using (await _bytes.Map(id, Ct))
        {
        }
        var sum = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            var pending = _bytes.Map(id, CancellationToken.None);
            Assert.True(pending.IsCompletedSuccessfully);
            using var lease = await pending;
            sum += lease.Memory.Slice(i * 1000, 1000).Span[0];
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70_000)]
    [InlineData(99_999)]
    public async Task A_flipped_bit_is_found_before_the_last_byte_is_given(int at)
    {
        var id = await Store(Random(100_000));
        Flip(id, at);
        await Assert.ThrowsAsync<DamagedBytesException>(() => Read(id, new ByteRange(0, 100_000)));
        await Assert.ThrowsAsync<DamagedBytesException>(async () => await _bytes.Map(id, Ct));
        await Assert.ThrowsAsync<DamagedBytesException>(() => Read(id, new ByteRange(5, 10)));
    }

    [Fact]
    public async Task A_part_is_given_only_when_the_whole_is_good()
    {
        var id = await Store(Random(100_000));
        Flip(id, 99_999);
        await Assert.ThrowsAsync<DamagedBytesException>(() => Read(id, new ByteRange(0, 10)));
    }

    [Fact]
    public async Task Storing_the_same_bytes_again_heals_damage_that_was_found()
    {
        var id = await Store(Random(100_000));
        Flip(id, 7);
        await Assert.ThrowsAsync<DamagedBytesException>(async () => await _bytes.Map(id, Ct));
        await Store(Random(100_000));
        using var lease = await _bytes.Map(id, Ct);
        Assert.Equal(Random(100_000), lease.Memory.ToArray());
    }

    [Fact]
    public async Task A_missing_file_is_damage_by_name()
    {
        var id = BytesId.Of(SHA256.HashData("never stored"u8));
        var damage = await Assert.ThrowsAsync<DamagedBytesException>(async () => await _bytes.Map(id, Ct));
        Assert.Contains(id.Value, damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_a_writer_holds_are_not_collected()
    {
        await using var writer = _bytes.Create();
        await writer.Append(Random(100), Ct);
        await writer.Finish(Ct);
        Assert.Equal(0, await _bytes.Collect(_ => false, Ct));
        await writer.DisposeAsync();
        Assert.Equal(0, await _bytes.Collect(_ => true, Ct));
        Assert.Equal(1, await _bytes.Collect(_ => false, Ct));
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Memory_of_collected_bytes_stays_readable_while_it_is_held()
    {
        var image = Random(1 << 20);
        var id = await Store(image);
        ReadOnlyMemory<byte> held;
        using (var lease = await _bytes.Map(id, Ct))
            held = lease.Memory.Slice(4096, 4096);
        await _bytes.Collect(_ => false, Ct);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(image[4096..8192], held.ToArray());
    }

    [Fact]
    public void A_name_that_is_no_hash_never_becomes_a_path() =>
        Assert.Throws<ArgumentException>(() => _bytes.PathOf(new BytesId("../../etc/passwd")));

    public void Dispose()
    {
        _bytes.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private static byte[] Random(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private FileObjectBytes Open() => new(_root, NullLogger<FileObjectBytes>.Instance);

    private string[] Files() => [.. Directory.GetFiles(_root, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f).Length == 64)];

    private async Task<BytesId> Store(byte[] bytes)
    {
        await using var writer = _bytes.Create();
        foreach (var part in bytes.Chunk(7777))
            await writer.Append(part, Ct);
        return await writer.Finish(Ct);
    }

    private async Task<byte[]> Read(BytesId id, ByteRange range)
    {
        await using var stream = await _bytes.OpenRead(id, range, Ct);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Ct);
        return copy.ToArray();
    }

    private void Flip(BytesId id, int at)
    {
        using var file = File.Open(_bytes.PathOf(id), FileMode.Open);
        file.Position = at;
        var old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 1));
    }
}
