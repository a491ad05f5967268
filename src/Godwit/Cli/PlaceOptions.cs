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

    public (string Data, string? Database) Of(ParseResult parsed)
    {
        var flags = new Dictionary<string, string?>();
        if (parsed.GetValue(_data) is { } data)
            flags["Data"] = data;
        if (parsed.GetValue(_database) is { } database)
            flags["Database"] = database;
        var reader = new SettingsReader(SettingsSources.Gather(flags));
        var options = reader.Read();
        return reader.Mistakes is [var mistake, ..] ? throw new CliException(ExitCode.Config, mistake) : (options.DataDirectory, options.Database);
    }
}
