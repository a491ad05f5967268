using System.CommandLine;
using Godwit.Settings;

namespace Godwit.Cli;

/// <summary>The options of verbs that work on an installation's files and database, beside or without a running service.</summary>
public sealed class PlaceOptions
{
    private readonly Option<string?> _data = new("--data") { HelpName = "DIR", Description = "The data folder. Default: as serve has it, ./data." };
    private readonly Option<string?> _database = new("--database") { HelpName = "STRING", Description = "The PostgreSQL that holds the state. Default: as serve has it." };

    public PlaceOptions AddTo(Command command)
    {
        command.Options.Add(_data);
        command.Options.Add(_database);
        return this;
    }

    public Place Of(ParseResult parsed)
    {
        var flags = new Dictionary<string, string?>();
        if (parsed.GetValue(_data) is { } data)
            flags["Data"] = data;
        if (parsed.GetValue(_database) is { } database)
            flags["Database"] = database;
        var reader = new SettingsReader(SettingsSources.Gather(flags));
        var options = reader.Read();
        return reader.Mistakes is [var mistake, ..] ? throw new CliException(ExitCode.Config, mistake) : new Place(options.DataDirectory, options.Database, options.S3 is not null);
    }
}

/// <summary>Where an installation keeps what it has.</summary>
/// <param name="Database">A PostgreSQL; null for SQLite in the folder.</param>
/// <param name="BytesOutside">The bytes of objects are in an outside store, and the folder has only some of them, as a cache.</param>
public sealed record Place(string Data, string? Database, bool BytesOutside);
