namespace Godwit.Cli;

/// <summary>A verb ends here: the message goes to standard error, the code to the shell.</summary>
public sealed class CliException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}
