using System.CommandLine;
using Godwit.Verbs;

var root = new RootCommand("Godwit: over-the-air updates as AWS IoT's CreateOTAUpdate does them, on your own machine.")
{
    ServeVerb.Create(),
    EnvVerb.Create(),
    DemoVerb.Create(),
    PlanVerb.Create(),
    VersionVerb.Create(),
};
var help = new Command("help", "Show this help.");
help.SetAction(_ => root.Parse(["--help"]).Invoke());
root.Subcommands.Add(help);

// A service stops by its host's own signal handling; the parser's must not end the process first.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
