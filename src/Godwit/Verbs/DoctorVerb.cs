using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli;
using Godwit.Doctor;
using Godwit.Settings;

namespace Godwit.Verbs;

/// <summary><c>godwit doctor</c>: what is wrong with this installation, and what to do.</summary>
public static class DoctorVerb
{
    public static Command Create(Surroundings? around = null)
    {
        var command = new Command("doctor", "Look for what is wrong with this installation, and say what to do. Reads only; a service may run.")
            .With("godwit doctor", "godwit doctor --data /var/lib/godwit --public-url https://files.example.com", "godwit doctor --output json");
        var settings = new ServeOptions();
        settings.AddTo(command);
        var output = new Option<OutputForm>("--output", "-o") { HelpName = "table|json|yaml", Description = "How to show it. Default: table." };
        command.Options.Add(output);
        command.Does(async (parsed, terminal, ct) =>
        {
            var reader = new SettingsReader(SettingsSources.Gather(settings.Values(parsed)));
            var findings = await new Examination(reader.Read(), reader.Mistakes, around ?? new Surroundings()).Run(ct);
            Show(findings, new Report(terminal, parsed.GetValue(output)));
            return findings.Any(finding => finding.State == FindingState.Fault) ? ExitCode.BadNews : ExitCode.Ok;
        });
        return command;
    }

    private static void Show(IReadOnlyList<Finding> findings, Report report)
    {
        var rows = findings.Select(finding => new JsonObject
        {
            ["state"] = finding.State.ToString().ToLowerInvariant(), ["check"] = finding.Check, ["found"] = finding.What, ["remedy"] = finding.Remedy,
        }).ToList();
        report.List(rows, [Column.Of("", "state"), Column.Of("CHECK", "check"), Column.Of("FOUND", "found")], "");
        if (report.Form != OutputForm.Table)
            return;
        foreach (var finding in findings.Where(finding => finding.Remedy is not null))
            report.Terminal.Out.WriteLine($"\n{finding.Check}: {finding.What}\n  → {finding.Remedy}");
        var (faults, warnings) = (findings.Count(finding => finding.State == FindingState.Fault), findings.Count(finding => finding.State == FindingState.Warning));
        report.Terminal.Out.WriteLine(faults + warnings == 0 ? "\nNothing is wrong." : $"\n{faults} fault{(faults == 1 ? "" : "s")}, {warnings} warning{(warnings == 1 ? "" : "s")}.");
    }
}
