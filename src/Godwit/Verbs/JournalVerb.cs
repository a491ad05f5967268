using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Godwit.Cli;

namespace Godwit.Verbs;

/// <summary><c>godwit journal</c>: what happened to a device or a job, and what either was at a moment.</summary>
public static class JournalVerb
{
    private const int PageSize = 1000;

    private static readonly Column[] Columns =
    [
        Column.Of("SEQ", "seq", right: true), Column.Time("WHEN", "at"), Column.Of("WHAT", "kind"), Column.Of("OF", "subject"), Column.Of("FROM", "from"), Column.Of("TO", "to"),
        Column.Of("WHO", "who"), Column.Of("WHY", "why"),
    ];

    public static Command Create()
    {
        var thing = new Option<string?>("--thing") { HelpName = "NAME", Description = "Every change that concerns this thing." };
        var job = new Option<string?>("--job") { HelpName = "ID", Description = "Every change of this job and its executions; with --thing, those of both. An OTA update's job is AFR_OTA-ID." };
        var asOf = new Option<string?>("--as-of") { HelpName = "TIME", Description = "What the journal tells of this moment: of a job its state and counts, of a thing its attributes, version and jobs." };
        var limit = new Option<int>("--limit") { HelpName = "N", Description = "How many records, the oldest first.", DefaultValueFactory = _ => PageSize };
        limit.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() < 1)
                given.AddError("--limit takes a number from 1 on.");
        });
        var command = new Command("journal", "Tell what happened to a device or a job: who, what, from, to, why, when; or what it was at a moment.") { thing, job, asOf, limit }
            .With("godwit journal --thing dev7", "godwit journal --job AFR_OTA-rel42 --output json", "godwit journal --job AFR_OTA-rel42 --as-of 2030-01-02T03:04:05Z", "godwit journal --thing dev7 --as-of 2030-01-02T03:04:05Z");
        command.Validators.Add(given => Check(given, thing, job, asOf));
        command.Asks(new ServiceOptions().AddTo(command, watch: true), async (client, parsed, report, ct) =>
        {
            if (parsed.GetValue(asOf) is { } moment && parsed.GetValue(job) is { } of)
                await ShowMoment(client, of, moment, report, ct);
            else if (parsed.GetValue(asOf) is { } then)
                await ShowThing(client, parsed.GetValue(thing)!, then, report, ct);
            else
                await ShowRecords(client, parsed.GetValue(thing), parsed.GetValue(job), parsed.GetValue(limit), report, ct);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Check(CommandResult given, Option<string?> thing, Option<string?> job, Option<string?> asOf)
    {
        if (given.GetValue(thing) is null && given.GetValue(job) is null)
            given.AddError("Name a thing by --thing, a job by --job, or both.");
        if (given.GetValue(asOf) is { } text && given.GetValue(job) is not null && given.GetValue(thing) is not null)
            given.AddError($"--as-of {text} asks for the state of one: name a job by --job, or a thing by --thing.");
        if (given.GetValue(asOf) is { } time && !DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
            given.AddError($"--as-of takes a time such as 2030-01-02T03:04:05Z, and {time} is none.");
    }

    private static async Task ShowThing(ServiceClient client, string thing, string moment, Report report, CancellationToken ct)
    {
        var state = await client.Get($"/godwit/things/{Uri.EscapeDataString(thing)}?asOf={Uri.EscapeDataString(moment)}", ct);
        report.One(state, to =>
        {
            to.WriteLine($"{thing} was {(state.Text("registered") == "true" ? "registered" : "not registered")} at {state.Moment("asOf"):yyyy-MM-dd HH:mm:ss'Z'}");
            if (state.Find("version") is JsonObject version)
                to.WriteLine($"  version {version.Text("version")}, as claimed since {version.Moment("since"):yyyy-MM-dd HH:mm:ss'Z'}");
            foreach (var (name, value) in state.Find("attributes") as JsonObject ?? [])
                to.WriteLine($"  {name} {value}");
            foreach (var job in state.Rows("jobs"))
                to.WriteLine($"  {job.Text("jobId")} {report.Terminal.Paint(job.Text("status")!)} {job.Text("reason")}".TrimEnd());
        });
    }

    private static async Task ShowRecords(ServiceClient client, string? thing, string? job, int limit, Report report, CancellationToken ct)
    {
        var query = string.Join('&', new[] { ("thing", thing), ("job", job) }.Where(pair => pair.Item2 is not null).Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2!)}"));
        var rows = await client.List($"/godwit/journal?{query}&maxResults={Math.Min(limit, PageSize)}", "records", limit, ct);
        report.List(rows, Columns, $"The journal has no record of {job ?? thing}.");
    }

    private static async Task ShowMoment(ServiceClient client, string job, string moment, Report report, CancellationToken ct)
    {
        var state = await client.Get($"/godwit/jobs/{Uri.EscapeDataString(job)}?asOf={Uri.EscapeDataString(moment)}", ct);
        report.One(state, to =>
        {
            to.WriteLine($"{job} was {report.Terminal.Paint(state.Text("status")!)}{(state.Text("paused") == "true" ? ", paused," : "")} at {state.Moment("asOf"):yyyy-MM-dd HH:mm:ss'Z'}");
            foreach (var (status, count) in state.Find("counts") as JsonObject ?? [])
                if (count?.ToJsonString() is { } number && number != "0")
                    to.WriteLine($"  {number,10}  {status}");
        });
    }
}
