using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Storage;

/// <summary>Runs where GODWIT_TEST_DATABASE names a PostgreSQL, as <c>./test postgres</c> does.</summary>
public sealed class PostgresDatabaseTests : DatabaseTests
{
    private readonly string _folder;

    public PostgresDatabaseTests() : this(TestStorage.FolderOnPostgres())
    {
    }

    private PostgresDatabaseTests(string folder) : base(TestStorage.DialectOf(folder)) => _folder = folder;

    protected override void Drop() => TestStorage.Drop(_folder);
}
