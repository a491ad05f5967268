using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Godwit.Verbs;

/// <summary><c>godwit version</c>.</summary>
public static class VersionVerb
{
    public static string Version =>
        typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Command Create()
    {
        var command = new Command("version", "Print the version of Godwit and of the runtime.");
        command.SetAction(_ => Console.WriteLine($"godwit {Version} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})"));
        return command;
    }
}
