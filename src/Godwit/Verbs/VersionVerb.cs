using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Godwit.Cli;

namespace Godwit.Verbs;

/// <summary><c>godwit version</c>.</summary>
public static class VersionVerb
{
    public static string Version =>
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Command Create()
    {
        var command = new Command("version", "Print the version of Godwit and of the runtime.").With("godwit version");
        command.Does(async (_, terminal, _) =>
        {
            await terminal.Out.WriteLineAsync($"godwit {Version} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})");
            return ExitCode.Ok;
        });
        return command;
    }
}
