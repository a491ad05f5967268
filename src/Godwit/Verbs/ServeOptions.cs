using System.CommandLine;
using Godwit.Settings;

namespace Godwit.Verbs;

/// <summary>The flags of <c>serve</c>; each stands for one setting, and settings are checked together, not flag by flag.</summary>
public sealed class ServeOptions
{
    private readonly List<(Setting Setting, Option<string[]> Option)> _options =
        [.. AllSettings.All.Where(setting => setting.Flag is not null).Select(setting => (setting, Option(setting)))];

    public void AddTo(Command command)
    {
        foreach (var (_, option) in _options)
            command.Options.Add(option);
    }

    /// <summary>The settings that were given as flags; a setting with several values is numbered.</summary>
    public IReadOnlyDictionary<string, string?> Values(ParseResult parsed)
    {
        var values = new Dictionary<string, string?>();
        foreach (var (setting, option) in _options)
        {
            var given = parsed.GetValue(option) ?? [];
            if (given.Length == 0 && setting.IsSwitch && parsed.GetResult(option) is { Implicit: false })
                values[setting.Key] = "true";
            else if (setting.Repeats)
                for (var i = 0; i < given.Length; i++)
                    values[$"{setting.Key}:{i}"] = given[i];
            else if (given.Length > 0)
                values[setting.Key] = given[^1];
        }
        return values;
    }

    private static Option<string[]> Option(Setting setting)
    {
        var option = new Option<string[]>(setting.Flag!) { HelpName = setting.Value, Description = setting.Help, AllowMultipleArgumentsPerToken = false };
        // On if it is given, with true or false if that is said.
        if (setting.IsSwitch)
            option.Arity = ArgumentArity.ZeroOrOne;
        return option;
    }
}
