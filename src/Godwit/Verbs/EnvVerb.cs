using System.CommandLine;
using Godwit.Cli;

namespace Godwit.Verbs;

/// <summary><c>eval "$(./godwit env)"</c>: points the AWS CLI and SDKs of this shell at the service.</summary>
public static class EnvVerb
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { HelpName = "DIR", Description = "The data folder of the service. Default: ./data.", DefaultValueFactory = _ => ServiceTarget.DefaultData };
        var command = new Command("env", "Print the export lines that point the AWS CLI and SDKs at the service, for eval.") { data }
            .With("eval \"$(godwit env)\"", "eval \"$(godwit env --data /var/lib/godwit)\" && aws iot list-things");
        command.Does((parsed, terminal, _) => Task.FromResult(Print(parsed.GetValue(data)!, terminal)));
        return command;
    }

    private static int Print(string data, Terminal terminal)
    {
        var key = CredentialsFile.Read(data) ?? throw new CliException(
            ExitCode.NoInput, $"{data} has no credentials file: no service was ever started there. Run godwit serve --data {data}, or name the folder with --data.");
        var running = RunningService.Find(data);
        var region = running?.Region ?? "us-east-1";
        terminal.Out.Write(
            $"""
            export AWS_ACCESS_KEY_ID={key.Id}
            export AWS_SECRET_ACCESS_KEY={key.Secret}
            unset AWS_SESSION_TOKEN AWS_PROFILE
            export AWS_DEFAULT_REGION={region}
            export AWS_REGION={region}
            # AWS CLI 1 and old SDKs do not read this one: they need --endpoint-url $AWS_ENDPOINT_URL.
            export AWS_ENDPOINT_URL=http://{running?.Host ?? "127.0.0.1"}:{running?.ApiPort ?? 4566}
            export AWS_EC2_METADATA_DISABLED=true

            """);
        if (running is null)
            terminal.Error.WriteLine($"godwit: no service runs on {data} now; the endpoint is the default one.");
        return ExitCode.Ok;
    }
}
