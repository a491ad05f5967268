using Godwit.Core;
using Godwit.Core.Planning;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;

namespace Godwit.Server.Planning;

/// <summary>Reads the device model that a journal tells: of a running service, or of the data folder or the PostgreSQL of one, which is only read.</summary>
public static class JournalModel
{
    /// <summary>The newest records that are looked at, so that a plan takes about a second however long the journal is.</summary>
    public const int RecordsMax = 400_000;

    private const string Remedy = "Describe the devices by a model instead; docs/plan.md has its members.";

    /// <summary>What a data folder's journal says.</summary>
    /// <param name="account">Null where the folder has the jobs of one account only.</param>
    public static Result<HistoricFleet> Read(string folder, string? account)
    {
        // Not DataDirectory.Open, which would hold the folder and make it if it is not there.
        var file = Path.Combine(folder, DataDirectory.DatabaseName);
        return File.Exists(file)
            ? Read(new Sqlite(file), folder, account)
            : Errors.InvalidRequest($"{folder} has no {DataDirectory.DatabaseName}: no service with its state in a folder was ever started there. Name the data folder of one, or by --database the PostgreSQL that has its state. {Remedy}");
    }

    /// <summary>What the journal in a PostgreSQL says; a service may run on it meanwhile.</summary>
    public static Result<HistoricFleet> ReadDatabase(string connectionString, string? account) => Postgres.Mistake(connectionString) is { } mistake
        ? Errors.InvalidRequest($"--database is no connection string: {mistake}. Write it as \"Host=db.example;Database=godwit;Username=godwit\".")
        : Read(new Postgres(connectionString), Postgres.Shown(connectionString), account);

    private static Result<HistoricFleet> Read(Dialect dialect, string place, string? account)
    {
        try
        {
            using var connection = dialect.OpenReader();
            using var view = dialect.BeginRead(connection);
            return Read(new ReadSession(connection, view), place, account);
        }
        catch (Exception failure) when (dialect.Explain(failure) is { } explained)
        {
            return Errors.InvalidRequest($"The journal in {place} cannot be read: {explained.Message}");
        }
    }

    /// <summary>What an account's journal says.</summary>
    public static Result<HistoricFleet> Read(ReadSession session, string account)
    {
        var history = new FleetHistory();
        var last = session.First<long?>("SELECT MAX(seq) FROM journal") ?? 0;
        // By the journal's own key, in order: what is not looked for is passed over, which costs less than an index that would have to be sorted.
        foreach (var row in session.Stream<MoveRow>(
                     """
                     SELECT subject, state_from, state_to, why, at_ms FROM journal
                     WHERE seq > @first AND CASE WHEN account = @account AND thing IS NOT NULL AND job IS NOT NULL THEN 1 ELSE 0 END = 1 ORDER BY seq
                     """,
                     new { account, first = last - RecordsMax }))
            history.Add(new ExecutionMove(row.Subject, row.StateFrom, row.StateTo, row.Why, row.AtMs));
        return history.Tell() is { } fleet
            ? fleet
            : Errors.InvalidRequest($"The journal of account {account} has no execution that a device has ended: nothing is known of this fleet yet. {Remedy}");
    }

    private static Result<HistoricFleet> Read(ReadSession session, string place, string? account)
    {
        var accounts = account is null ? session.Query<string>("SELECT DISTINCT account FROM job ORDER BY account LIMIT 11") : [account];
        return accounts.Count switch
        {
            0 => Errors.InvalidRequest($"The journal in {place} has no jobs: nothing is known of this fleet yet. {Remedy}"),
            1 => Read(session, accounts[0]),
            _ => Errors.InvalidRequest($"{place} has jobs of several accounts ({string.Join(", ", accounts.Take(10))}). Name one by --account."),
        };
    }

    private sealed record MoveRow
    {
        public string Subject { get; init; } = "";

        public string? StateFrom { get; init; }

        public string? StateTo { get; init; }

        public string? Why { get; init; }

        public long AtMs { get; init; }
    }
}
