using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using Godwit.Fleet.Operator;

namespace Godwit.Cli;

/// <summary>What all verbs share: examples in their help, one way to talk to the service, one place for failures.</summary>
public static class Verb
{
    /// <summary>Without an event in between, for what is no event.</summary>
    private static readonly TimeSpan WatchQuiet = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);

    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    /// <summary>Lines of the help's last section.</summary>
    public static Command With(this Command command, params string[] examples)
    {
        Examples.Add(command, examples);
        return command;
    }

    public static IReadOnlyList<string> ExamplesOf(Command command) => Examples.TryGetValue(command, out var examples) ? examples : [];

    /// <summary>Runs on a terminal; what stands in the way is told in one line with its exit code.</summary>
    public static void Does(this Command command, Func<ParseResult, Terminal, CancellationToken, Task<int>> run) =>
        command.SetAction(async (parsed, ct) =>
        {
            var terminal = Terminal.Of(parsed);
            try
            {
                return await run(parsed, terminal, ct);
            }
            catch (Exception failure) when (Explain(failure) is var (code, message))
            {
                await terminal.Error.WriteLineAsync($"godwit: {message}");
                return code;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // Ctrl+C is how a watch ends.
                return ExitCode.Ok;
            }
        });

    /// <summary>Asks the service; with <c>--watch</c>, again whenever it tells of a change, or every second where it does not.</summary>
    public static void Asks(this Command command, ServiceOptions options, Func<ServiceClient, ParseResult, Report, CancellationToken, Task<int>> run) =>
        command.Does(async (parsed, terminal, ct) =>
        {
            using var client = new ServiceClient(options.Target(parsed), TimeProvider.System);
            if (!options.Watch(parsed))
                return await run(client, parsed, new Report(terminal, options.Form(parsed)), ct);
            await using var news = options.News is { } kinds ? new News(client, kinds, WatchQuiet, News.UsualPace, ct) : null;
            return await Repeat(terminal, report => run(client, parsed, report, ct), options.Form(parsed), news is null ? token => Task.Delay(WatchEvery, client.Time, token) : news.Next, ct);
        });

    private static async Task<int> Repeat(Terminal terminal, Func<Report, Task<int>> show, OutputForm form, Func<CancellationToken, Task> next, CancellationToken ct)
    {
        var before = "";
        while (true)
        {
            using var picture = new StringWriter();
            var code = await show(new Report(new Terminal(picture, terminal.Error, terminal.IsLive), form));
            if (picture.ToString() is var now && now != before)
            {
                terminal.Clear();
                await terminal.Out.WriteAsync(now);
                await terminal.Out.FlushAsync(ct);
                before = now;
            }
            await next(ct);
            if (ct.IsCancellationRequested)
                return code;
        }
    }

    private static (int Code, string Message)? Explain(Exception failure) => failure switch
    {
        CliException told => (told.Code, told.Message),
        AwsCallException { Status: 401 or 403 } refused => (ExitCode.NoPermission, $"{refused.Code}: {refused.Reason}"),
        AwsCallException refused => (ExitCode.Data, refused.Code is null ? refused.Message : $"{refused.Code}: {refused.Reason}"),
        HttpRequestException unreachable => (ExitCode.Unavailable, $"the service cannot be reached: {Innermost(unreachable)}. Is it running? godwit serve starts one, godwit doctor looks for what is wrong."),
        FileNotFoundException or DirectoryNotFoundException => (ExitCode.NoInput, failure.Message),
        IOException or UnauthorizedAccessException => (ExitCode.CannotCreate, failure.Message),
        _ => null,
    };

    private static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure.Message;
    }

    /// <summary>The help's examples, as a section of its own.</summary>
    internal static string ExamplesText(Command command)
    {
        var text = new StringBuilder();
        foreach (var example in ExamplesOf(command))
            text.Append(text.Length == 0 ? "Examples:\n" : "").Append("  ").Append(example).Append('\n');
        return text.ToString();
    }
}
