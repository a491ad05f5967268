using System.CommandLine;
using Godwit.Cli;
using Godwit.Pages.Hosting;
using Godwit.Server;
using Godwit.Server.Access;
using Godwit.Server.Access.Users;
using Godwit.Server.Hosting;
using Godwit.Server.Iam;
using Godwit.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Verbs;

/// <summary><c>godwit serve</c>: the whole service in one process.</summary>
public static class ServeVerb
{
    public static Command Create()
    {
        var settings = new ServeOptions();
        var command = new Command("serve", "Run the service: every AWS API on one port, MQTT over mutual TLS, the HTTPS jobs data plane.");
        command.With("godwit serve", "godwit serve --data /var/lib/godwit --listen 0.0.0.0 --host ota.example.com --public-url https://files.example.com", "GODWIT__APIPORT=0 godwit serve --access-key test:test");
        settings.AddTo(command);
        command.SetAction((parsed, ct) => Run(settings.Values(parsed), ct));
        return command;
    }

    private static async Task<int> Run(IReadOnlyDictionary<string, string?> flags, CancellationToken ct)
    {
        var reader = new SettingsReader(SettingsSources.Gather(flags));
        var options = reader.Read();
        if (reader.Mistakes.Count > 0)
            return Refuse(reader.Mistakes);
        try
        {
            await using var server = await GodwitServer.Start(options, TimeProvider.System, new SystemRandomSource(), Logs.To(reader.LogLevel, reader.LogFormat), ct, ConsoleAddOn.Create());
            RunningService.Write(options.DataDirectory, server.Endpoints, options.DefaultRegion);
            Console.Out.Write(Greeting(options, server.Endpoints, await server.Services.GetRequiredService<FirstVisit>().Token(ct)));
            if (SealKey.Notice(options, options.DataDirectory) is { } notice)
                Console.Out.WriteLine(notice);
            await Console.Out.FlushAsync(ct);
            await using var manager = new ServiceManager(Environment.GetEnvironmentVariable, TimeProvider.System);
            manager.Ready($"serving on port {server.Endpoints.ApiPort}", server.Answers);
            await server.WaitForStop(ct);
            manager.Stopping();
            RunningService.Remove(options.DataDirectory);
            return 0;
        }
        catch (StartupException refusal)
        {
            return Refuse(refusal.Mistakes);
        }
    }

    private static int Refuse(IReadOnlyList<string> mistakes)
    {
        foreach (var mistake in mistakes)
            Console.Error.WriteLine($"godwit: {mistake}");
        return 78;
    }

    private static string Greeting(ServerOptions options, Endpoints at, string? firstVisit) => Ready(options, at, firstVisit)
        + (options.Access == AccessMode.Permissive ? "  ATTENTION: --access permissive: whoever can sign may do everything, and no role is checked.\n\n" : "");

    private static string Ready(ServerOptions options, Endpoints at, string? firstVisit) =>
        $"""
        Godwit {VersionVerb.Version} is ready.
          AWS APIs, downloads   http://{options.Listen}:{at.ApiPort}
          console               http://{options.Listen}:{at.ApiPort}/console{(firstVisit is null ? "" : $"/welcome?token={firstVisit} (once: makes the first user)")}
          MQTT, mutual TLS      {options.Listen}:{at.MqttPort}
          HTTPS jobs data plane https://{options.Listen}:{at.HttpsPort}
          data                  {Path.GetFullPath(options.DataDirectory)}
          next                  eval "$(./godwit env --data {options.DataDirectory})"; aws --endpoint-url $AWS_ENDPOINT_URL sts get-caller-identity

        """;
}
