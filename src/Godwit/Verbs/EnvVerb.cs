using System.CommandLine;

namespace Godwit.Verbs;

/// <summary><c>eval "$(./godwit env)"</c>: points the AWS CLI and SDKs of this shell at the service.</summary>
public static class EnvVerb
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { HelpName = "DIR", Description = "The data folder of the service. Default: ./data.", DefaultValueFactory = _ => "./data" };
        var command = new Command("env", "Print the export lines that point the AWS CLI and SDKs at the service, for eval.") { data };
        command.SetAction(parsed => Print(parsed.GetValue(data)!));
        return command;
    }

    private static int Print(string data)
    {
        var credentials = Path.Combine(data, "credentials");
        if (!File.Exists(credentials))
        {
            Console.Error.WriteLine($"godwit: {data} has no credentials file: no service was ever started there. Run ./godwit serve --data {data}, or name the folder with --data.");
            return 66;
        }
        var keys = File.ReadLines(credentials)
            .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1]);
        var running = RunningService.Find(data);
        Console.WriteLine($"export AWS_ACCESS_KEY_ID={keys["aws_access_key_id"]}");
        Console.WriteLine($"export AWS_SECRET_ACCESS_KEY={keys["aws_secret_access_key"]}");
        Console.WriteLine("unset AWS_SESSION_TOKEN AWS_PROFILE");
        Console.WriteLine($"export AWS_DEFAULT_REGION={running?.Region ?? "us-east-1"}");
        Console.WriteLine($"export AWS_REGION={running?.Region ?? "us-east-1"}");
        // AWS CLI 1 and old SDKs do not read this: they need --endpoint-url $AWS_ENDPOINT_URL.
        Console.WriteLine($"export AWS_ENDPOINT_URL=http://{running?.Host ?? "127.0.0.1"}:{running?.ApiPort ?? 4566}");
        Console.WriteLine("export AWS_EC2_METADATA_DISABLED=true");
        if (running is null)
            Console.Error.WriteLine($"godwit: no service runs on {data} now; the endpoint is the default one.");
        return 0;
    }
}
