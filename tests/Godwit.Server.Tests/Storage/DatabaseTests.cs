using Godwit.Core;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Tests.Storage;

public sealed class DatabaseTests : IAsyncDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"godwit-{Guid.NewGuid():N}.db");
    private Database _database;

    public DatabaseTests() => _database = Open();

    private static Fact Said(string what) => new("000000000000", "tester", "Say", "note/1", null, what);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_completed_change_is_there_after_reopening()
    {
        await _database.Write(s => { s.Record(Said("hello")); return new Nothing(); }, Ct);
        await _database.DisposeAsync();
        _database = Open();
        Assert.Equal(["hello"], await Journal());
    }

    [Fact]
    public async Task A_refusal_undoes_what_the_change_wrote_and_runs_nothing_afterwards()
    {
        var ran = false;
        var result = await _database.Change<Nothing>(s =>
        {
            s.Record(Said("lost"));
            s.AfterCommit(() => ran = true);
            return Errors.InvalidRequest("no");
        }, Ct);
        Assert.False(result.IsOk);
        Assert.False(ran);
        Assert.Empty(await Journal());
    }

    [Fact]
    public async Task A_thrown_bug_undoes_only_its_own_change()
    {
        var good = _database.Write(s => { s.Record(Said("good")); return 1; }, Ct);
        var bad = _database.Write<int>(s => { s.Record(Said("bad")); throw new InvalidOperationException("bug"); }, Ct);
        var also = _database.Write(s => { s.Record(Said("also good")); return 2; }, Ct);
        Assert.Equal(1, await good);
        Assert.Equal(2, await also);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        Assert.Equal(["good", "also good"], await Journal());
    }

    [Fact]
    public async Task What_follows_a_commit_runs_in_the_order_of_the_changes()
    {
        var seen = new List<int>();
        var all = Enumerable.Range(0, 200).Select(i => _database.Write(s => { s.AfterCommit(() => seen.Add(i)); return i; }, Ct)).ToList();
        await Task.WhenAll(all);
        Assert.Equal(Enumerable.Range(0, 200), seen);
    }

    [Fact]
    public async Task Each_journal_record_is_linked_to_the_one_before()
    {
        foreach (var what in (string[])["one", "two", "three"])
            await _database.Write(s => { s.Record(Said(what)); return 0; }, Ct);
        var rows = await _database.Read(s => s.Query<Row>("SELECT at_ms, state_to, hash FROM journal ORDER BY seq"), Ct);
        var chain = FactChain.Start;
        foreach (var row in rows)
        {
            chain = FactChain.Next(chain, row.AtMs, Said(row.StateTo));
            Assert.Equal(chain, row.Hash);
        }
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_by_name()
    {
        await _database.Write(s => s.Execute("INSERT INTO migration (name, at_ms) VALUES ('9999-from-the-future', 0)"), Ct);
        await _database.DisposeAsync();
        var refusal = Assert.Throws<StorageException>(Open);
        Assert.Contains("9999-from-the-future", refusal.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + "*"))
            File.Delete(file);
    }

    private Database Open() => Database.Open(_path, TimeProvider.System, NullLogger<Database>.Instance);

    private Task<List<string>> Journal() => _database.Read(s => s.Query<string>("SELECT state_to FROM journal ORDER BY seq"), Ct);

    private sealed record Row
    {
        public long AtMs { get; init; }

        public string StateTo { get; init; } = "";

        public byte[] Hash { get; init; } = [];
    }
}
