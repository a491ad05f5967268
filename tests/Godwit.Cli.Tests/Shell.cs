using System.CommandLine;
using System.Text.Json.Nodes;

namespace Godwit.Cli.Tests;

/// <summary>Runs the program's command line in this process.</summary>
internal static class Shell
{
    public static Task<Ran> Run(params string[] args) => Run(args, TestContext.Current.CancellationToken);

    public static async Task<Ran> Run(string[] args, CancellationToken ct)
    {
        using StringWriter output = new(), error = new();
        var configuration = new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null };
        var code = await GodwitCommand.Run(args, configuration, ct);
        return new Ran(code, output.ToString(), error.ToString());
    }
}

/// <summary>What a run came to.</summary>
internal sealed record Ran(int Code, string Out, string Error)
{
    public JsonNode Json => JsonNode.Parse(Out)!;
}
