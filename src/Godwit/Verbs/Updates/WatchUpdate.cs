using System.CommandLine;
using Godwit.Cli;

namespace Godwit.Verbs.Updates;

/// <summary><c>godwit update watch</c>: follows an update to its end; the exit code tells how that was.</summary>
internal static class WatchUpdate
{
    private const int Width = 50;

    /// <summary>Without an event in between: a job's end may be none that is told.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var id = UpdateView.Argument();
        var patience = new Option<int?>("--timeout") { HelpName = "SECONDS", Description = "Give up after this long. Default: never." };
        var command = new Command("watch", "Follow an update until its job is over: exit code 0 if every device succeeded, 1 if not.") { id, patience }
            .With("godwit update watch rel42", "godwit update watch rel42 --timeout 3600 && ./announce-release");
        command.Asks(new ServiceOptions().AddTo(command, output: false), (client, parsed, report, ct) =>
            Follow(client, report.Terminal, parsed.GetValue(id)!, parsed.GetValue(patience) is { } seconds ? TimeSpan.FromSeconds(seconds) : null, ct));
        return command;
    }

    public static async Task<int> Follow(ServiceClient client, Terminal terminal, string id, TimeSpan? patience, CancellationToken ct)
    {
        var (start, before) = (client.Time.GetTimestamp(), "");
        await using var news = new News(client, "update,job,execution", Quiet, News.UsualPace, ct);
        while (true)
        {
            var update = await UpdateView.Find(client, id, ct);
            var line = Line(update, terminal);
            if (line != before)
                await Show(terminal, line, update.IsOver);
            before = line;
            if (update.IsOver)
                return update.IsGood ? ExitCode.Ok : ExitCode.BadNews;
            if (client.Time.GetElapsedTime(start) > patience)
                throw new CliException(ExitCode.BadNews, $"{id} is not over after {patience.Value.TotalSeconds:0} s: {line.Trim()}");
            await news.Next(ct);
        }
    }

    private static string Line(UpdateView update, Terminal terminal)
    {
        if (update.Job is null)
            return $"{update.Id} {terminal.Paint(update.Status)}{(update.Info.Text("errorInfo.message") is { } why ? $": {why}" : "")}";
        var (done, all) = (update.All - update.Of("QUEUED") - update.Of("IN_PROGRESS"), Math.Max(1, update.All));
        var filled = (int)(Width * done / all);
        var counts = string.Join(", ", update.Counts.Where(count => count.Count > 0).Select(count => $"{count.Count} {terminal.Paint(count.State)}"));
        return $"{update.Id} {terminal.Paint(update.JobStatus!)} [{new string('█', filled)}{new string('·', Width - filled)}] {100 * done / all,3} %  {counts}";
    }

    /// <summary>One line that moves for people, a line for each change in a log.</summary>
    private static async Task Show(Terminal terminal, string line, bool last)
    {
        await terminal.Out.WriteAsync(terminal.IsLive ? $"\r\e[2K{line}{(last ? "\n" : "")}" : line + "\n");
        await terminal.Out.FlushAsync();
    }
}
