using System.CommandLine;

namespace Godwit.Cli;

/// <summary>Where a verb writes, and whether a person is looking.</summary>
public sealed class Terminal(TextWriter output, TextWriter error, bool isLive)
{
    private const string Reset = "\e[0m";

    public TextWriter Out => output;

    public TextWriter Error => error;

    /// <summary>A screen that can be drawn over and coloured; false for files, pipes and tests.</summary>
    public bool IsLive => isLive;

    public static Terminal Of(ParseResult parsed)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        return new Terminal(output, error, ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"));
    }

    /// <summary>The state in the colour that people expect; plain where nobody looks or NO_COLOR is set.</summary>
    public string Paint(string state) => Painted(state) is { } colour && isLive && Environment.GetEnvironmentVariable("NO_COLOR") is null or "" ? colour + state + Reset : state;

    /// <summary>Begins a new picture in place of the one before.</summary>
    public void Clear()
    {
        if (isLive)
            output.Write("\e[H\e[2J\e[3J");
    }

    private static string? Painted(string state) => state.Trim() switch
    {
        "SUCCEEDED" or "COMPLETED" or "CREATE_COMPLETE" or "PASSED" or "ok" or "ACTIVE" => "\e[32m",
        "FAILED" or "TIMED_OUT" or "REJECTED" or "CREATE_FAILED" or "DELETE_FAILED" or "STOPPED" or "fault" => "\e[31m",
        "IN_PROGRESS" or "QUEUED" or "SCHEDULED" or "WAITING" or "CREATE_PENDING" or "CREATE_IN_PROGRESS" or "warning" => "\e[33m",
        "CANCELED" or "REMOVED" or "UNKNOWN" or "NOT_NEEDED" or "DELETION_IN_PROGRESS" => "\e[90m",
        _ => null,
    };
}
