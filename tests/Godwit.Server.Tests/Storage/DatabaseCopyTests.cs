using Godwit.Core.Journal;
using Godwit.Server.Storage;
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
        await Fill(new Sqlite(FileOf("godwit.db")));
        Assert.False(Directory.Exists(FileOf("backups")));
        // As an older version left it: its last script is not known here.
        await using (var older = Database.Open(new Sqlite(FileOf("godwit.db")), TimeProvider.System, NullLogger<Database>.Instance))
            await older.Write(session => session.Execute("DELETE FROM migration WHERE name = '0080-events'; DROP TABLE event_configuration"), Ct);

        await using (Database.Open(new Sqlite(FileOf("godwit.db")), TimeProvider.System, NullLogger<Database>.Instance))
        {
        }

        var copy = Assert.Single(Directory.GetFiles(FileOf("backups")));
        Assert.Equal(SchemaAge.Older, Migrator.AgeOf(new Sqlite(copy)));
        Assert.Equal(3, DatabaseCheck.Run(new Sqlite(copy)).Journal.Records);
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
}
