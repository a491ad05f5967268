using System.CommandLine;

namespace Godwit.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Verbs => [.. All(GodwitCommand.Create(), []).Select(path => string.Join(' ', path))];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Every_verb_has_help_with_examples_that_can_be_read(string verb)
    {
        string[] words = verb.Length == 0 ? [] : verb.Split(' ');
        var command = words.Aggregate((Command)GodwitCommand.Create(), (at, word) => at.Subcommands.Single(sub => sub.Name == word));
        var help = await Shell.Run([.. words, "--help"]);

        Assert.Equal(0, help.Code);
        Assert.Contains(command.Description!, help.Out.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Usage:", help.Out, StringComparison.Ordinal);
        Assert.Contains("Examples:", help.Out, StringComparison.Ordinal);
        foreach (var option in command.Options.Where(option => !option.Hidden))
            Assert.False(string.IsNullOrWhiteSpace(option.Description), option.Name);
        foreach (var example in Verb.ExamplesOf(command).Where(example => example.StartsWith("godwit " + verb, StringComparison.Ordinal) && verb is not ("" or "aws")))
            Assert.Empty(GodwitCommand.Create().Parse([.. Words(example)]).Errors.Select(error => $"{example}: {error.Message}"));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("update")]
    [InlineData("update list --limit 0")]
    [InlineData("update list --output xml")]
    [InlineData("update create rel42")]
    [InlineData("completion tcsh")]
    public async Task What_cannot_be_read_ends_with_64_and_a_word_on_standard_error(string line)
    {
        var ran = await Shell.Run(line.Split(' '));
        Assert.Equal(ExitCode.Usage, ran.Code);
        Assert.NotEmpty(ran.Error);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _godwit godwit")]
    [InlineData("zsh", "compdef _godwit godwit")]
    [InlineData("fish", "complete -c godwit")]
    public async Task Shells_get_a_script_that_asks_the_program_for_words(string shell, string says)
    {
        var script = await Shell.Run("completion", shell);
        Assert.Equal(0, script.Code);
        Assert.Contains(says, script.Out, StringComparison.Ordinal);
        Assert.Contains("[suggest:", script.Out, StringComparison.Ordinal);

        var words = (await Shell.Run("[suggest:14]", "godwit update ")).Out.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains("create", words);
        Assert.Contains("pause", words);
    }

    private static IEnumerable<string[]> All(Command command, string[] path) =>
        command.Subcommands.SelectMany(sub => All(sub, [.. path, sub.Name])).Prepend(path);

    /// <summary>The example's words as a shell splits them, up to a comment, pipe or &amp;&amp;.</summary>
    private static IEnumerable<string> Words(string example)
    {
        var text = example.Split("  ")[0].Split('|')[0].Split("&&")[0].Split('>')[0];
        return System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(text).Skip(1);
    }
}
