using System.CommandLine;
using Godwit.Cli;

// A service stops by its host's own signal handling; the parser's must not end the process first.
return await GodwitCommand.Run(args, new InvocationConfiguration { ProcessTerminationTimeout = null }, CancellationToken.None);
