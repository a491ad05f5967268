using System.CommandLine;
using System.CommandLine.Help;
using Godwit.Verbs;

namespace Godwit.Cli;

/// <summary>The program's verbs.</summary>
public static class GodwitCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Godwit: over-the-air updates as AWS IoT's CreateOTAUpdate does them, on your own machine.")
        {
            ServeVerb.Create(),
            DemoVerb.Create(),
            UpdateVerb.Create(),
            DeviceVerb.Create(),
            WhyVerb.Create(),
            JournalVerb.Create(),
            WebhookVerb.Create(),
            FleetVerb.Create(),
            PlanVerb.Create(),
            EnvVerb.Create(),
            AwsVerb.Create(),
            ConfigVerb.Create(),
            DoctorVerb.Create(),
            HealthVerb.Create(),
            BackupVerb.Backup(),
            BackupVerb.Restore(),
            DatabaseVerb.Create(),
            CompletionVerb.Create(),
            VersionVerb.Create(),
        };
        var help = new Command("help", "Show this help.").With("godwit help");
        help.SetAction(parsed => root.Parse(["--help"]).Invoke(new InvocationConfiguration { Output = parsed.InvocationConfiguration.Output }));
        root.Subcommands.Add(help);
        root.With(
            "godwit serve                                     start a service on ./data",
            "godwit demo                                      see a whole update",
            "godwit update create rel42 --firmware app.bin --target thinggroup/fleet --sign-key key.pem",
            "godwit why dev7 rel42                            why has this device not got it?");
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
        return root;
    }

    /// <summary>Runs a command line. One that cannot be read ends with <see cref="ExitCode.Usage"/>.</summary>
    public static async Task<int> Run(IReadOnlyList<string> args, InvocationConfiguration configuration, CancellationToken ct)
    {
        var parsed = Create().Parse(args);
        var code = await parsed.InvokeAsync(configuration, ct);
        return parsed.Errors.Count > 0 && code == 1 ? ExitCode.Usage : code;
    }
}
