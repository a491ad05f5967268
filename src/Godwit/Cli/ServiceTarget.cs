using Godwit.Verbs;

namespace Godwit.Cli;

/// <summary>Which service a verb talks to, and with which key.</summary>
/// <param name="From">Where this comes from, for people who wonder.</param>
public sealed record ServiceTarget(Uri Endpoint, string AccessKeyId, string Secret, string? SessionToken, string Region, string From)
{
    /// <summary>Where its devices connect, if the service runs on this machine.</summary>
    public int? MqttPort { get; init; }

    public const string DefaultData = "./data";

    private const string DefaultEndpoint = "http://127.0.0.1:4566";

    /// <summary>
    /// The endpoint: the flag, the service that runs on the named folder, AWS's variables, the service that runs on ./data, port 4566.
    /// The key: AWS's variables unless a folder is named, then the folder's own.
    /// </summary>
    public static ServiceTarget Find(string? endpoint, string? data, Func<string, string?> environment)
    {
        var running = RunningService.Find(data ?? DefaultData);
        var fromFolder = running is null ? null : $"http://{running.Host}:{running.ApiPort}";
        var (address, from) = endpoint is not null ? (endpoint, "--endpoint")
            : data is not null ? (fromFolder ?? throw NotRunning(data), $"the service on {data}")
            : environment("AWS_ENDPOINT_URL_IOT") is { Length: > 0 } iot ? (iot, "AWS_ENDPOINT_URL_IOT")
            : environment("AWS_ENDPOINT_URL") is { Length: > 0 } all ? (all, "AWS_ENDPOINT_URL")
            : fromFolder is not null ? (fromFolder, $"the service on {DefaultData}")
            : (DefaultEndpoint, "the default port");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new CliException(ExitCode.Usage, $"'{address}' ({from}) is no endpoint; write it as http://host:port.");
        var (id, secret, token) = Key(data, environment);
        var region = environment("AWS_REGION") is { Length: > 0 } named ? named
            : environment("AWS_DEFAULT_REGION") is { Length: > 0 } other ? other
            : running?.Region ?? "us-east-1";
        return new ServiceTarget(uri, id, secret, token, region, from) { MqttPort = address == fromFolder ? running?.MqttPort : null };
    }

    private static (string Id, string Secret, string? Token) Key(string? data, Func<string, string?> environment)
    {
        if (data is null && environment("AWS_ACCESS_KEY_ID") is { Length: > 0 } id && environment("AWS_SECRET_ACCESS_KEY") is { Length: > 0 } secret)
            return (id, secret, environment("AWS_SESSION_TOKEN") is { Length: > 0 } token ? token : null);
        if (CredentialsFile.Read(data ?? DefaultData) is { } key)
            return (key.Id, key.Secret, null);
        throw new CliException(
            ExitCode.NoInput,
            $"no access key: {(data is null ? "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and " : "")}{data ?? DefaultData} has no credentials file. Name the service's folder with --data, or set the variables.");
    }

    private static CliException NotRunning(string data) =>
        new(ExitCode.Unavailable, $"no service runs on {data}. Start it with godwit serve --data {data}, or name another with --endpoint.");
}
