using System.Text;
using Godwit.Core;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Tests.Storage;

/// <summary>What both databases promise.</summary>
public abstract class DatabaseTests : IAsyncDisposable
{
    private readonly Dialect _dialect;
    private Database _database;

    protected DatabaseTests(Dialect dialect)
    {
        _dialect = dialect;
        _database = Open();
    }

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
    public async Task The_chain_goes_on_after_reopening()
    {
        await _database.Write(s => { s.Record(Said("before")); return 0; }, Ct);
        await _database.DisposeAsync();
        _database = Open();
        await _database.Write(s => { s.Record(Said("after")); return 0; }, Ct);
        var rows = await _database.Read(s => s.Query<Row>("SELECT at_ms, state_to, hash FROM journal ORDER BY seq"), Ct);
        var first = FactChain.Next(FactChain.Start, rows[0].AtMs, Said("before"));
        Assert.Equal(FactChain.Next(first, rows[1].AtMs, Said("after")), rows[1].Hash);
    }

    [Fact]
    public async Task Text_sorts_by_its_bytes()
    {
        string[] names = ["b", "B", "a-1", "a1", "A_1", "é", "z", "\U0001F600", "\uFFFD", ""];
        foreach (var name in names)
            await _database.Write(s => { s.Record(Said(name)); return 0; }, Ct);
        var byBytes = names.OrderBy(name => name, Comparer<string>.Create((x, y) => Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y))));
        Assert.Equal(byBytes, await _database.Read(s => s.Query<string>("SELECT state_to FROM journal ORDER BY state_to"), Ct));
        Assert.Equal(
            byBytes.Where(name => string.CompareOrdinal(name, "a-1") > 0 && name.Length > 0).ToList(),
            await _database.Read(s => s.Query<string>("SELECT state_to FROM journal WHERE state_to > @after ORDER BY state_to", new { after = "a-1" }), Ct));
    }

    [Fact]
    public async Task A_read_sees_one_moment_however_long_it_takes()
    {
        await _database.Write(s => { s.Record(Said("one")); return 0; }, Ct);
        var counts = await Task.Run(() => _database.Read(
            s =>
            {
                var before = s.First<long>("SELECT COUNT(*) FROM journal");
                _database.Write(w => { w.Record(Said("two")); return 0; }, Ct).Wait(Ct);
                return (before, s.First<long>("SELECT COUNT(*) FROM journal"));
            },
            Ct), Ct);
        Assert.Equal((1, 1), counts);
        Assert.Equal(["one", "two"], await Journal());
    }

    [Fact]
    public async Task A_read_cannot_write() =>
        Assert.NotNull(await Record.ExceptionAsync(() => _database.Read(s => s.Query<long>("DELETE FROM migration RETURNING at_ms"), Ct)));

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
        Drop();
        GC.SuppressFinalize(this);
    }

    protected abstract void Drop();

    private Database Open() => Database.Open(_dialect, TimeProvider.System, NullLogger<Database>.Instance);

    private Task<List<string>> Journal() => _database.Read(s => s.Query<string>("SELECT state_to FROM journal ORDER BY seq"), Ct);

    private sealed record Row
    {
        public long AtMs { get; init; }

        public string StateTo { get; init; } = "";

        public byte[] Hash { get; init; } = [];
    }
}
