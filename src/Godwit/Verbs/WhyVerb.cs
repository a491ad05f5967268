using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli;

namespace Godwit.Verbs;

/// <summary><c>godwit why</c>: why a device has an update, or has it not.</summary>
public static class WhyVerb
{
    public static Command Create(string name = "why")
    {
        var thing = new Argument<string>("thing") { Description = "The thing's name." };
        var update = new Argument<string>("update") { Description = "The OTA update's id; with --job, a job's." };
        var job = new Option<bool>("--job") { Description = "The second name is a plain job's." };
        var command = new Command(name, "Tell why a device has an update, or has it not: the checks between the two, what must happen next, and by whom.") { thing, update, job }
            .With("godwit why dev7 rel42", "godwit why dev7 rel42 --watch", "godwit why dev7 my-job --job --output json");
        var options = new ServiceOptions().AddTo(command, watch: true);
        command.Asks(options, async (client, parsed, report, ct) =>
        {
            var kind = parsed.GetValue(job) ? "job" : "ota";
            var answer = await client.Get($"/godwit/why?thing={Uri.EscapeDataString(parsed.GetValue(thing)!)}&{kind}={Uri.EscapeDataString(parsed.GetValue(update)!)}", ct);
            report.One(answer, _ => Show(answer, report));
            return answer.Text("verdict") == "STOPPED" ? ExitCode.BadNews : ExitCode.Ok;
        });
        return command;
    }

    private static void Show(JsonObject answer, Report report)
    {
        var to = report.Terminal.Out;
        to.WriteLine($"{report.Terminal.Paint(answer.Text("verdict")!)}: {answer.Text("summary")}");
        to.WriteLine($"  next, by {answer.Text("by")!.ToLowerInvariant()}: {answer.Text("next")}");
        if (answer.Text("deviceWords.code") is { } code)
            to.WriteLine($"  {answer.Text("deviceWords.agent")} calls it {code}");
        to.WriteLine();
        report.Table([.. answer.Rows("checks")], [Column.Of("CHECK", "name"), Column.Of("", "verdict"), Column.Of("FACT", "fact")]);
    }
}
