using System.CommandLine;

namespace Godwit.Cli;

/// <summary>The options of every verb that talks to a running service.</summary>
public sealed class ServiceOptions
{
    private readonly Option<string?> _endpoint = new("--endpoint") { HelpName = "URL", Description = "The service's API. Default: the service on --data, AWS_ENDPOINT_URL, or port 4566." };
    private readonly Option<string?> _data = new("--data") { HelpName = "DIR", Description = "The data folder of a service on this machine: its endpoint and its key." };
    private readonly Option<OutputForm> _output = new("--output", "-o") { HelpName = "table|json|yaml", Description = "How to show it. Default: table." };
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Show it anew whenever it changes, until Ctrl+C." };

    public ServiceOptions() => _output.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "table", "json", "yaml");

    /// <summary>The kinds of events that may change what the verb shows; null where it must ask to know.</summary>
    public string? News { get; private set; }

    /// <summary>Adds what the verb can use.</summary>
    /// <param name="news">For <c>--watch</c>: see <see cref="News"/>.</param>
    public ServiceOptions AddTo(Command command, bool output = true, bool watch = false, string? news = null)
    {
        News = news;
        command.Options.Add(_endpoint);
        command.Options.Add(_data);
        if (output)
            command.Options.Add(_output);
        if (watch)
            command.Options.Add(_watch);
        return this;
    }

    public ServiceTarget Target(ParseResult parsed) =>
        ServiceTarget.Find(parsed.GetValue(_endpoint), parsed.GetValue(_data), Environment.GetEnvironmentVariable);

    public OutputForm Form(ParseResult parsed) => parsed.GetValue(_output);

    public bool Watch(ParseResult parsed) => parsed.GetValue(_watch);
}
