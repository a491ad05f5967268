using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Storage;

public sealed class SqliteDatabaseTests : DatabaseTests
{
    private readonly string _folder;

    public SqliteDatabaseTests() : this(Directory.CreateTempSubdirectory("godwit-storage-").FullName)
    {
    }

    private SqliteDatabaseTests(string folder) : base(new Sqlite(Path.Combine(folder, "godwit.db"))) => _folder = folder;

    protected override void Drop() => Directory.Delete(_folder, recursive: true);
}
