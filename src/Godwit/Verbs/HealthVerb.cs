using System.CommandLine;
using Godwit.Cli;
using Godwit.Settings;

namespace Godwit.Verbs;

/// <summary><c>godwit health</c>: the probe of images that have no curl.</summary>
public static class HealthVerb
{
    public static Command Create()
    {
        var data = new Option<string?>("--data") { HelpName = "DIR", Description = "The data folder of the service. Default: as serve has it." };
        var command = new Command("health", "Tell by the exit code whether the service on this machine serves: 0 if it does.") { data }
            .With("godwit health", "godwit health --data /var/lib/godwit");
        command.Does(async (parsed, terminal, ct) =>
        {
            var folder = parsed.GetValue(data) ?? new SettingsReader(SettingsSources.Gather(new Dictionary<string, string?>())).Read().DataDirectory;
            var running = RunningService.Find(folder) ?? throw new CliException(ExitCode.Unavailable, $"no service runs on {folder}.");
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(4) };
            using var answer = await http.GetAsync(new Uri($"http://{running.Host}:{running.ApiPort}/health/ready"), ct);
            await terminal.Out.WriteAsync(await answer.Content.ReadAsStringAsync(ct));
            return answer.IsSuccessStatusCode ? ExitCode.Ok : ExitCode.BadNews;
        });
        return command;
    }
}
