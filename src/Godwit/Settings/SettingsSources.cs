using Microsoft.Extensions.Configuration;

namespace Godwit.Settings;

/// <summary>Where settings come from, the later winning: the program's defaults, the data folder's <c>appsettings.json</c>, the environment, flags.</summary>
public static class SettingsSources
{
    /// <param name="flags">Setting keys (<c>ApiPort</c>, <c>Hosts:0</c>) and the values given on the command line.</param>
    public static IConfigurationRoot Gather(IReadOnlyDictionary<string, string?> flags)
    {
        var defaults = Add(new ConfigurationBuilder(), Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: false);
        var given = flags.ToDictionary(flag => $"{SettingsReader.Section}:{flag.Key}", flag => flag.Value);
        var early = defaults.AddEnvironmentVariables().AddInMemoryCollection(given).Build();

        var ofData = Path.Combine(Path.GetFullPath(early[$"{SettingsReader.Section}:Data"] ?? "."), "appsettings.json");
        return Add(Add(new ConfigurationBuilder(), Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: false), ofData, optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(given)
            .Build();
    }

    // Settings are read once at start: no watcher on files.
    private static IConfigurationBuilder Add(IConfigurationBuilder builder, string file, bool optional) =>
        builder.AddJsonFile(Path.GetFullPath(file), optional, reloadOnChange: false);
}
