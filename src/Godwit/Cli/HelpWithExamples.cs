using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Godwit.Cli;

/// <summary>The parser's help, and after it the verb's examples.</summary>
public sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = inner.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.Write(Verb.ExamplesText(parseResult.CommandResult.Command));
        return code;
    }
}
