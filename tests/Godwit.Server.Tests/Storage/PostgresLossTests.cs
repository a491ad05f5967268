using System.Collections.Concurrent;
using System.Diagnostics;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Godwit.Server.Tests.Storage;

/// <summary>The server of the database dies under load: callers hear of it, nothing acknowledged is lost, nothing happens twice, and it goes on by itself.</summary>
public sealed class PostgresLossTests
{
    private const int Writers = 16;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_postmaster_loses_nothing_acknowledged_three_times_over()
    {
        await using var cluster = await PostgresCluster.Start();
        await using var database = Open(cluster.ConnectionString);
        await using var load = new Load(database);
        for (var time = 0; time < 3; time++)
        {
            await load.Acknowledges(200);
            await cluster.Crash();
            await load.Refuses();
            await cluster.StartAgain();
            var back = Stopwatch.StartNew();
            await load.Acknowledges(50);
            Assert.True(back.Elapsed < TimeSpan.FromSeconds(5), $"The service took {back.Elapsed} to write again.");
            Assert.Equal(1, await database.Read(s => s.First<long>("SELECT COUNT(*) FROM migration WHERE name = '0001-journal'"), Ct));
        }
        await load.Stop();
        await AssertKept(database, load);
    }

    [Fact]
    public async Task A_writer_whose_backend_is_ended_goes_on()
    {
        await using var cluster = await PostgresCluster.Start();
        await using var database = Open(cluster.ConnectionString);
        await using var load = new Load(database);
        for (var time = 0; time < 3; time++)
        {
            await load.Acknowledges(100);
            await End(cluster.ConnectionString);
            await load.Refuses();
            await load.Acknowledges(100);
        }
        await load.Stop();
        await AssertKept(database, load);
    }

    [Fact]
    public async Task A_connection_that_died_while_idle_costs_no_request()
    {
        await using var cluster = await PostgresCluster.Start();
        // A clock that has moved on: both connections count as idle for long.
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var database = Database.Open(new Postgres(cluster.ConnectionString), time, NullLogger<Database>.Instance);
        await database.Write(s => { s.Record(Said("before")); return 0; }, Ct);
        await database.Read(s => s.First<long>("SELECT COUNT(*) FROM journal"), Ct);
        await End(cluster.ConnectionString);
        time.Advance(TimeSpan.FromMinutes(1));
        await database.Write(s => { s.Record(Said("after")); return 0; }, Ct);
        Assert.Equal(2, await database.Read(s => s.First<long>("SELECT COUNT(*) FROM journal"), Ct));
    }

    [Fact]
    public async Task A_second_service_on_the_database_is_refused_and_welcome_when_the_first_has_gone()
    {
        await using var cluster = await PostgresCluster.Start();
        await using (Open(cluster.ConnectionString))
            Assert.StartsWith("Another Godwit uses the database postgres on 127.0.0.1:", Assert.Throws<StorageException>(() => Open(cluster.ConnectionString)).Message, StringComparison.Ordinal);
        await using var second = Open(cluster.ConnectionString);
        await second.Write(s => { s.Record(Said("mine")); return 0; }, Ct);
    }

    [Fact]
    public async Task A_service_that_lost_the_database_to_another_writes_no_more()
    {
        await using var cluster = await PostgresCluster.Start();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var first = Database.Open(new Postgres(cluster.ConnectionString), time, NullLogger<Database>.Instance);
        await End(cluster.ConnectionString);
        await using (var second = Open(cluster.ConnectionString))
            await second.Write(s => { s.Record(Said("another's")); return 0; }, Ct);
        time.Advance(TimeSpan.FromMinutes(1));
        var refusal = await Assert.ThrowsAsync<StorageException>(() => first.Write(s => { s.Record(Said("too late")); return 0; }, Ct));
        Assert.Contains("Restart this one", refusal.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_not_there_is_named()
    {
        var refusal = Assert.Throws<StorageException>(() => Open("Host=127.0.0.1;Port=1;Username=godwit;Database=fleet"));
        Assert.StartsWith("The database fleet on 127.0.0.1:1 cannot be reached", refusal.Message, StringComparison.Ordinal);
    }

    private static Fact Said(string what) => new("000000000000", "tester", "Say", "note/1", null, what);

    private static Database Open(string connectionString) => Database.Open(new Postgres(connectionString), TimeProvider.System, NullLogger<Database>.Instance);

    /// <summary>Ends every backend of the service, the writer's among them.</summary>
    private static async Task End(string connectionString)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "test" }.ToString());
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'godwit'", connection);
        await command.ExecuteNonQueryAsync(Ct);
    }

    private static async Task AssertKept(Database database, Load load)
    {
        var rows = await database.Read(s => s.Query<Row>("SELECT at_ms, state_to, hash FROM journal ORDER BY seq"), Ct);
        var kept = rows.ConvertAll(row => row.StateTo);
        Assert.Equal(kept.Count, kept.Distinct().Count());
        Assert.Empty(load.Acknowledged.Except(kept));
        Assert.Empty(load.Undone.Intersect(kept));
        var chain = FactChain.Start;
        foreach (var row in rows)
            Assert.Equal(chain = FactChain.Next(chain, row.AtMs, Said(row.StateTo)), row.Hash);
    }

    private sealed record Row
    {
        public long AtMs { get; init; }

        public string StateTo { get; init; } = "";

        public byte[] Hash { get; init; } = [];
    }

    /// <summary>Callers that write one after another and remember what they were told.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly SemaphoreSlim _acknowledged = new(0);
        private readonly SemaphoreSlim _refused = new(0);
        private readonly Task _writers;
        private readonly Database _database;
        private int _next;

        public Load(Database database)
        {
            _database = database;
            _writers = Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(Write)));
        }

        public ConcurrentBag<string> Acknowledged { get; } = [];

        /// <summary>Of these the service said that they were undone.</summary>
        public ConcurrentBag<string> Undone { get; } = [];

        /// <summary>Waits for so many more.</summary>
        public async Task Acknowledges(int count)
        {
            while (_acknowledged.Wait(0, CancellationToken.None))
            {
                // What was acknowledged before does not count.
            }
            for (var i = 0; i < count; i++)
                Assert.True(await _acknowledged.WaitAsync(TimeSpan.FromSeconds(30), Ct), $"Only {i} of {count} changes were acknowledged within 30 s.");
        }

        /// <summary>Waits until a caller has been refused since the last time.</summary>
        public async Task Refuses()
        {
            Assert.True(await _refused.WaitAsync(TimeSpan.FromSeconds(30), Ct), "Nobody was told that the database is lost.");
            while (_refused.Wait(0, CancellationToken.None))
            {
                // One is enough.
            }
        }

        public async Task Stop()
        {
            await _stop.CancelAsync();
            await _writers;
        }

        public async ValueTask DisposeAsync()
        {
            await Stop();
            _stop.Dispose();
            _acknowledged.Dispose();
            _refused.Dispose();
        }

        private async Task Write()
        {
            while (!_stop.IsCancellationRequested)
            {
                var what = $"{Interlocked.Increment(ref _next)}";
                try
                {
                    await _database.Write(s => { s.Record(Said(what)); return 0; }, Ct);
                    Acknowledged.Add(what);
                    _acknowledged.Release();
                }
                catch (StorageException refusal)
                {
                    if (refusal.Message.Contains("undone", StringComparison.Ordinal))
                        Undone.Add(what);
                    _refused.Release();
                }
            }
        }
    }
}
