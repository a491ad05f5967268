using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli;
using Godwit.Settings;

namespace Godwit.Verbs;

/// <summary><c>godwit config show</c>: what <c>serve</c> would run with, and where each value comes from.</summary>
public static class ConfigVerb
{
    public static Command Create()
    {
        var show = new Command("show", "Show every setting with its value and its source, as serve with the same flags would have it. Secrets are masked.")
            .With("godwit config show", "godwit config show --data /var/lib/godwit --api-port 80", "GODWIT__LOGLEVEL=Debug godwit config show --output json");
        var settings = new ServeOptions();
        settings.AddTo(show);
        var output = new Option<OutputForm>("--output", "-o") { HelpName = "table|json|yaml", Description = "How to show it. Default: table." };
        show.Options.Add(output);
        show.Does((parsed, terminal, _) => Task.FromResult(Show(settings.Values(parsed), new Report(terminal, parsed.GetValue(output)))));
        return new Command("config", "Look at the settings.") { show }.With("godwit config show");
    }

    private static int Show(IReadOnlyDictionary<string, string?> flags, Report report)
    {
        var configuration = SettingsSources.Gather(flags);
        var reader = new SettingsReader(configuration);
        reader.Read();
        var rows = SettingsOrigins.Of(configuration).Select(setting => new JsonObject
        {
            ["setting"] = setting.Key, ["value"] = setting.Value, ["source"] = setting.Source, ["flag"] = setting.Flag, ["environment"] = setting.Environment,
        }).ToList();
        report.List(rows, [Column.Of("SETTING", "setting"), Column.Of("VALUE", "value"), Column.Of("SOURCE", "source"), Column.Of("FLAG", "flag"), Column.Of("ENVIRONMENT", "environment")], "There are no settings.");
        foreach (var mistake in reader.Mistakes)
            report.Terminal.Error.WriteLine($"godwit: {mistake}");
        return reader.Mistakes.Count == 0 ? ExitCode.Ok : ExitCode.Config;
    }
}
