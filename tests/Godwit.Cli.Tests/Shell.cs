using System.CommandLine;
using System.Text.Json.Nodes;

namespace Godwit.Cli.Tests;

/// <summary>Runs the program's command line in this process.</summary>
internal static class Shell
{
    public static Task<Ran> Run(params string[] args) => RunUntil(TestContext.Current.CancellationToken, args);

    /// <summary>Runs a verb that goes on until it is stopped.</summary>
    public static async Task<Ran> RunUntil(CancellationToken stop, params string[] args)
    {
        using StringWriter output = new(), error = new();
        var configuration = new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null };
        var code = await GodwitCommand.Run(args, configuration, stop);
        return new Ran(code, output.ToString(), error.ToString());
    }
}

/// <summary>What a run came to.</summary>
internal sealed record Ran(int Code, string Out, string Error)
{
    public JsonNode Json => JsonNode.Parse(Out)!;
}
