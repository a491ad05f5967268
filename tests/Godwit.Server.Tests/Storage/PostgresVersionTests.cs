using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Storage;

/// <summary>What the server says of itself is judged before anything else is asked of it; no server is needed to see how.</summary>
public sealed class PostgresVersionTests
{
    [Theory]
    [InlineData("9.6.24")]
    [InlineData("13.20")]
    [InlineData("14.19")]
    public void A_server_older_than_15_is_refused_with_its_version_and_the_remedy(string version) => Assert.Equal(
        $"The database ota on db:5432 is PostgreSQL {version}; 15 or newer is needed. Upgrade the server, or name another one.",
        Assert.Throws<StorageException>(() => Postgres.CheckVersion(Version.Parse(version), "ota on db:5432")).Message);

    [Theory]
    [InlineData("15.0")]
    [InlineData("15.14")]
    [InlineData("18.1")]
    [InlineData("100.0")]
    public void From_15_on_it_is_taken(string version) => Postgres.CheckVersion(Version.Parse(version), "ota on db:5432");
}
