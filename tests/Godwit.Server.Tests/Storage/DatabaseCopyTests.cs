using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Tests.Storage;

/// <summary>All rows of one database into another, and what keeps an upgrade from being final.</summary>
public sealed class DatabaseCopyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-copy-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_copy_has_every_row_and_the_journal_follows_on()
    {
        var (from, to) = (new Sqlite(FileOf("a.db")), new Sqlite(FileOf("b.db")));
        await Fill(from);
        var counts = DatabaseCopy.Run(from, to, TimeProvider.System);

        Assert.Equal((3, 1200), (counts["journal"], counts["thing"]));
        var found = DatabaseCheck.Run(to);
        Assert.Empty(found.Faults);
        Assert.Equal(DatabaseCheck.Run(from).Journal, found.Journal);
        await Continues(to);
    }

    [Fact]
    public async Task To_PostgreSQL_and_back_nothing_is_lost()
    {
        var folder = TestStorage.FolderOnPostgres();
        try
        {
            var (from, postgres, back) = (new Sqlite(FileOf("a.db")), TestStorage.DialectOf(folder), new Sqlite(FileOf("b.db")));
            await Fill(from);
            DatabaseCopy.Run(from, postgres, TimeProvider.System);
            DatabaseCopy.Run(TestStorage.DialectOf(folder), back, TimeProvider.System);
            Assert.Equal(DatabaseCheck.Run(from).Journal, DatabaseCheck.Run(back).Journal);
            Assert.Equal(DatabaseCheck.Run(from).Rows, DatabaseCheck.Run(back).Rows);
            await Continues(TestStorage.DialectOf(folder));
        }
        finally
        {
            TestStorage.Drop(folder);
        }
    }

    [Fact]
    public async Task A_destination_that_holds_something_is_refused()
    {
        await Fill(new Sqlite(FileOf("a.db")));
        await Fill(new Sqlite(FileOf("b.db")));
        var refusal = Assert.Throws<StorageException>(() => DatabaseCopy.Run(new Sqlite(FileOf("a.db")), new Sqlite(FileOf("b.db")), TimeProvider.System));
        Assert.Contains("not empty", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_schema_moves_on_a_copy_is_kept()
    {
        var dialect = new Sqlite(FileOf("godwit.db"));
        await Fill(dialect);
        Assert.False(Directory.Exists(FileOf("backups")));
        await MakeOlder(dialect);
        await KeepsACopyWhenOpened(dialect, FileOf("backups"));
    }

    [Fact]
    public async Task Before_the_schema_moves_on_a_copy_is_kept_of_PostgreSQL_too()
    {
        var folder = TestStorage.FolderOnPostgres();
        try
        {
            await Fill(TestStorage.DialectOf(folder));
            await MakeOlder(TestStorage.DialectOf(folder));
            await KeepsACopyWhenOpened(TestStorage.DialectOf(folder), Path.Combine(folder, "backups"));
            Assert.Equal(SchemaAge.Same, Migrator.AgeOf(TestStorage.DialectOf(folder)));
            await Continues(TestStorage.DialectOf(folder));
        }
        finally
        {
            TestStorage.Drop(folder);
        }
    }

    [Fact]
    public async Task Without_a_copy_there_is_no_upgrade()
    {
        var dialect = new Sqlite(FileOf("godwit.db"));
        await Fill(dialect);
        await MakeOlder(dialect);
        // A file in place of the folder: what a read-only mount does, whoever runs the test.
        await File.WriteAllTextAsync(FileOf("backups"), "", Ct);
        var refusal = Assert.Throws<StorageException>(() => Database.Open(dialect, TimeProvider.System, NullLogger<Database>.Instance));
        Assert.Contains("nothing has been changed", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(SchemaAge.Older, Migrator.AgeOf(dialect));
    }

    [Fact]
    public void The_copies_of_the_last_three_upgrades_are_kept()
    {
        for (var version = 1; version <= 5; version++)
        {
            var kept = UpgradeCopies.Keep(FileOf("backups"), new HashSet<string> { $"000{version}-x" }, file => File.WriteAllText(file, "copy"));
            File.SetLastWriteTimeUtc(kept, DateTime.UnixEpoch.AddDays(version));
        }
        Assert.Equal(["before-upgrade-from-0003-x.db", "before-upgrade-from-0004-x.db", "before-upgrade-from-0005-x.db"], Directory.GetFiles(FileOf("backups")).Select(Path.GetFileName).Order());
    }

    /// <summary>As an older version left it: one script of this one is not known there.</summary>
    private static async Task MakeOlder(Dialect dialect)
    {
        await using var older = Database.Open(dialect, TimeProvider.System, NullLogger<Database>.Instance);
        await older.Write(session => session.Execute("DELETE FROM migration WHERE name = '0080-events'; DROP TABLE event_configuration"), Ct);
    }

    private static async Task KeepsACopyWhenOpened(Dialect dialect, string folder)
    {
        var log = new Words();
        await using (Database.Open(dialect, TimeProvider.System, log))
        {
        }
        var copy = Assert.Single(Directory.GetFiles(folder));
        Assert.Contains(copy, Assert.Single(log.Said), StringComparison.Ordinal);
        Assert.Equal(SchemaAge.Older, Migrator.AgeOf(new Sqlite(copy)));
        var found = DatabaseCheck.Run(new Sqlite(copy));
        Assert.Empty(found.Faults);
        Assert.Equal(3, found.Journal.Records);
        Assert.Equal(1200, found.Rows["thing"]);
        // Nothing is left to be done, so the next start keeps none.
        Directory.Delete(folder, recursive: true);
        await using (Database.Open(dialect, TimeProvider.System, log))
        {
        }
        Assert.False(Directory.Exists(folder));
    }

    private string FileOf(string name) => Path.Combine(_folder, name);

    private static async Task Fill(Dialect dialect)
    {
        await using var database = Database.Open(dialect, TimeProvider.System, NullLogger<Database>.Instance);
        for (var i = 0; i < 3; i++)
            await database.Write(
                session =>
                {
                    for (var n = 0; n < 400; n++)
                        session.Execute(
                            "INSERT INTO thing (account, thing_name, thing_id, thing_type_name, attributes, version, created_at_ms) VALUES ('a', @name, @name, @type, '{}', 1, 1)",
                            new { name = $"t{i}-{n}", type = n % 2 == 0 ? null : "x" });
                    session.Record(new Fact("a", "me", "Test", $"thing/{i}", null, "x", i == 1 ? "why" : null));
                    return 0;
                },
                Ct);
    }

    private static async Task Continues(Dialect dialect)
    {
        await using (var database = Database.Open(dialect, TimeProvider.System, NullLogger<Database>.Instance))
            await database.Write(
                session =>
                {
                    session.Record(new Fact("a", "me", "Test", "thing/4", null, "x"));
                    return 0;
                },
                Ct);
        var journal = DatabaseCheck.Run(dialect).Journal;
        Assert.Equal((4, null), (journal.Records, journal.Break));
    }

    private sealed class Words : ILogger<Database>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Add(formatter(state, exception));
    }
}
