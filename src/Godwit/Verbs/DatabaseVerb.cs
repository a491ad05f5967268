using System.CommandLine;
using Godwit.Cli;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;

namespace Godwit.Verbs;

/// <summary><c>godwit db check</c> and <c>godwit db move</c>.</summary>
public static class DatabaseVerb
{
    public static Command Create() => new Command("db", "Check the database, or move it to another.") { Check(), Move() }
        .With("godwit db check", "godwit db move --to \"Host=db;Database=godwit;Username=godwit\"");

    private static Command Check()
    {
        var command = new Command("check", "Check the database's structure, the journal's chain, counters against rows, and that object bytes are in the folder. A service may run.")
            .With("godwit db check", "godwit db check --data /var/lib/godwit");
        var place = new PlaceOptions().AddTo(command);
        command.Does(async (parsed, terminal, _) =>
        {
            var (data, database, bytesOutside) = place.Of(parsed);
            NeedDatabase(data, database);
            var found = Guard(() => DatabaseCheck.Run(Dialect.Of(database, Path.Combine(data, "godwit.db"))));
            var faults = found.Faults.Concat(found.BytesIds.Where(id => !bytesOutside && !File.Exists(Path.Combine(data, "objects", id[..2], id))).Select(id => $"The bytes {id} are referred to and not there.")).ToList();
            foreach (var fault in faults)
                await terminal.Out.WriteLineAsync(fault);
            await terminal.Out.WriteLineAsync(
                $"{found.Rows.Values.Sum():#,0} rows in {found.Rows.Count} tables, {found.Journal.Records:#,0} journal records, {found.BytesIds.Count:#,0} objects' bytes{(bytesOutside ? " (in the outside store, not looked at)" : "")}: {(faults.Count == 0 ? "all is sound." : $"{faults.Count} faults. Restore a backup from before, or ask for help with this output.")}");
            return faults.Count == 0 ? ExitCode.Ok : ExitCode.BadNews;
        });
        return command;
    }

    private static Command Move()
    {
        var to = new Option<string>("--to") { HelpName = "STRING|sqlite", Description = "A PostgreSQL's connection string, or sqlite for the file in the data folder.", Required = true };
        var command = new Command("move", "Copy the state of a stopped service from SQLite to PostgreSQL or back, verified row by row count and along the journal.") { to }
            .With("godwit db move --to \"Host=db;Database=godwit;Username=godwit\"", "godwit db move --database \"Host=db;Database=godwit\" --to sqlite");
        var place = new PlaceOptions().AddTo(command);
        command.Does(async (parsed, terminal, _) =>
        {
            var (data, database, _) = place.Of(parsed);
            NeedDatabase(data, database);
            var file = Path.Combine(data, "godwit.db");
            var target = parsed.GetValue(to)!;
            var isSqlite = target == "sqlite";
            if (isSqlite == (database is null))
                throw new CliException(ExitCode.Usage, isSqlite ? "the state is in SQLite already; --database names the PostgreSQL to move from." : "move goes from SQLite to PostgreSQL or back: leave --database out.");
            if (!isSqlite && Postgres.Mistake(target) is { } cause)
                throw new CliException(ExitCode.Usage, $"--to: this is no connection string of PostgreSQL ({cause}).");
            if (isSqlite && File.Exists(file))
                throw new CliException(ExitCode.CannotCreate, $"{file} is there. Move it away first; nothing is overwritten.");
            using var held = Hold(data);
            var counts = Guard(() => DatabaseCopy.Run(Dialect.Of(database, file), Dialect.Of(isSqlite ? null : target, file), TimeProvider.System));
            await terminal.Out.WriteLineAsync($"{counts.Values.Sum():#,0} rows in {counts.Count} tables, {counts["journal"]:#,0} journal records: copied and verified. The source is unchanged. Next: {Next(isSqlite)}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Next(bool isSqlite) => isSqlite ? "godwit serve without --database." : "godwit serve --database with the same string.";

    private static DataDirectory Hold(string data)
    {
        try
        {
            return DataDirectory.Open(data);
        }
        catch (StartupException)
        {
            throw new CliException(ExitCode.Unavailable, $"a service runs on {data}. Stop it first: what it writes meanwhile would be lost.");
        }
    }

    private static void NeedDatabase(string data, string? database)
    {
        if (database is null && !File.Exists(Path.Combine(data, "godwit.db")))
            throw new CliException(ExitCode.NoInput, $"{data} has no database. Name the service's folder with --data, or its PostgreSQL with --database.");
    }

    private static T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (failure is StorageException or System.Data.Common.DbException)
        {
            throw new CliException(ExitCode.Data, failure.Message);
        }
    }
}
