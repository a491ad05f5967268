using System.CommandLine;
using Godwit.Cli;

namespace Godwit.Verbs.Updates;

/// <summary><c>godwit update show</c></summary>
internal static class ShowUpdate
{
    public static Command Create()
    {
        var id = UpdateView.Argument();
        var command = new Command("show", "Show an update: what it is, and how its devices stand.") { id }
            .With("godwit update show rel42", "godwit update show rel42 --watch", "godwit update show rel42 --output yaml");
        command.Asks(new ServiceOptions().AddTo(command, watch: true, news: "update,job,execution"), async (client, parsed, report, ct) =>
        {
            var update = await UpdateView.Find(client, parsed.GetValue(id)!, ct);
            report.One(update.ToJson(), to => Write(update, to, report.Terminal));
            return update.Status == "CREATE_FAILED" ? ExitCode.BadNews : ExitCode.Ok;
        });
        return command;
    }

    private static void Write(UpdateView update, TextWriter to, Terminal terminal)
    {
        to.WriteLine($"{update.Id}  {terminal.Paint(update.Status)}");
        Line("description", update.Info.Text("description"));
        Line("error", update.Info.Text("errorInfo.code") is { } code ? $"{code}: {update.Info.Text("errorInfo.message")}" : null);
        Line("created", update.Info.Moment("creationDate")?.ToString("yyyy-MM-dd HH:mm:ss'Z'"));
        Line("targets", string.Join(", ", update.Info.Find("targets")!.AsArray().Select(target => target!.GetValue<string>().Split(':')[^1])));
        Line("protocols", string.Join(", ", update.Info.Find("protocols")!.AsArray().Select(protocol => protocol!.GetValue<string>())));
        foreach (var file in update.Info.Rows("otaUpdateFiles"))
            Line("file", $"{file.Text("fileName")} {file.Text("fileVersion")} from s3://{file.Text("fileLocation.s3Location.bucket")}/{file.Text("fileLocation.s3Location.key")}".TrimEnd());
        if (update.Job is not { } job)
            return;
        to.WriteLine();
        to.WriteLine($"job {update.JobId}  {terminal.Paint(update.JobStatus!)}{(job.Text("reasonCode") is { } reason ? $" ({reason})" : "")}{(job.Text("comment") is { } comment ? $": {comment}" : "")}");
        Line("rate", job.Number("jobExecutionsRolloutConfig.maximumPerMinute") is > 0 and var rate ? $"{rate} a minute" : "1000 a minute (AWS's default)");
        foreach (var (state, count) in update.Counts.Where(count => count.Count > 0))
            to.WriteLine($"  {terminal.Paint(state.PadRight(12))} {count,8}  {Bar(count, update.All)}");

        void Line(string name, string? value)
        {
            if (value is { Length: > 0 })
                to.WriteLine($"  {name,-12} {value}");
        }
    }

    private static string Bar(long count, long all) => new('█', all == 0 ? 0 : (int)Math.Ceiling(40.0 * count / all));
}
