using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Storage;

public sealed class SqliteDatabaseTests : DatabaseTests
{
    private readonly string _folder;

    public SqliteDatabaseTests() : this(Directory.CreateTempSubdirectory("godwit-storage-").FullName)
    {
    }

    private SqliteDatabaseTests(string folder) : base(new Sqlite(Path.Combine(folder, "godwit.db"))) => _folder = folder;

    [Theory]
    [InlineData("3.51.2", true)]
    [InlineData("3.9.3", true)]
    [InlineData("3.51.3", false)]
    [InlineData("4.0.0", false)]
    public void A_library_that_can_corrupt_the_database_is_refused_by_its_version(string version, bool refused)
    {
        if (!refused)
            Sqlite.CheckLibrary(version);
        else
            Assert.Contains($"is {version}; 3.51.3 or newer is needed", Assert.Throws<StorageException>(() => Sqlite.CheckLibrary(version)).Message, StringComparison.Ordinal);
    }

    protected override void Drop() => Directory.Delete(_folder, recursive: true);
}
