using System.CommandLine;
using Godwit.Cli;

namespace Godwit.Verbs;

/// <summary><c>godwit completion</c>: what makes the Tab key work. The words come from the program itself, by its suggest directive.</summary>
public static class CompletionVerb
{
    private const string Bash =
        """
        _godwit() {
          local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]}
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _godwit godwit ./godwit
        """;

    private const string Zsh =
        """
        #compdef godwit
        _godwit() {
          local -a words_found
          words_found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          compadd -a words_found
        }
        compdef _godwit godwit ./godwit
        """;

    private const string Fish =
        """
        function __godwit_complete
          set -l line (commandline -cp)
          eval (commandline -po)[1] "'[suggest:"(string length -- $line)"]'" (string escape -- $line) 2>/dev/null
        end
        complete -c godwit -f -a '(__godwit_complete)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print the script that makes the Tab key complete verbs and options in a shell.") { shell }
            .With("source <(godwit completion bash)", "godwit completion fish > ~/.config/fish/completions/godwit.fish");
        command.Does(async (parsed, terminal, _) =>
        {
            await terminal.Out.WriteLineAsync(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCode.Ok;
        });
        return command;
    }
}
