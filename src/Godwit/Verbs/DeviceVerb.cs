using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli;

namespace Godwit.Verbs;

/// <summary><c>godwit device …</c>: things, what they have to do, and what happened to them.</summary>
public static class DeviceVerb
{
    private const int CallsAtOnce = 8;

    /// <summary>Reports that change no state are in the journal and no events.</summary>
    private static readonly TimeSpan LogsQuiet = TimeSpan.FromSeconds(2);

    private static readonly Column[] ExecutionColumns =
    [
        Column.Of("JOB", "jobId"), Column.Of("STATUS", "jobExecutionSummary.status"), Column.Time("QUEUED", "jobExecutionSummary.queuedAt"),
        Column.Time("UPDATED", "jobExecutionSummary.lastUpdatedAt"), Column.Of("TRY", "jobExecutionSummary.executionNumber", right: true),
    ];

    public static Command Create() => new Command("device", "Look at devices.") { List(), Show(), WhyVerb.Create(), Logs() }
        .With("godwit device list --group fleet", "godwit device why dev7 rel42");

    private static Command List()
    {
        var group = new Option<string?>("--group") { HelpName = "NAME", Description = "Only the things of this group, groups below it included." };
        var limit = new Option<int>("--limit") { HelpName = "N", Description = "How many.", DefaultValueFactory = _ => 50 };
        limit.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > 10_000)
                given.AddError("--limit takes a number from 1 to 10000.");
        });
        var command = new Command("list", "List devices, each with its newest job.") { group, limit }
            .With("godwit device list", "godwit device list --group fleet --limit 200 --watch", "godwit device list --output yaml");
        command.Asks(new ServiceOptions().AddTo(command, watch: true, news: "update,job,execution"), async (client, parsed, report, ct) =>
        {
            var names = await Names(client, parsed.GetValue(group), parsed.GetValue(limit), ct);
            var rows = new JsonObject[names.Count];
            await Parallel.ForEachAsync(
                Enumerable.Range(0, names.Count), new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = ct },
                async (i, token) => rows[i] = new JsonObject { ["thingName"] = names[i], ["newest"] = (await Executions(client, names[i], 1, token)).FirstOrDefault()?.DeepClone() });
            report.List(
                rows,
                [
                    Column.Of("THING", "thingName"), Column.Of("NEWEST JOB", "newest.jobId"), Column.Of("STATUS", "newest.jobExecutionSummary.status"),
                    Column.Time("UPDATED", "newest.jobExecutionSummary.lastUpdatedAt"),
                ],
                "There are no devices. aws iot create-thing makes one, godwit fleet up 10 emulates some.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show()
    {
        var thing = new Argument<string>("thing") { Description = "The thing's name." };
        var command = new Command("show", "Show a device: its attributes, groups, certificates and jobs.") { thing }
            .With("godwit device show dev7", "godwit device show dev7 --watch");
        command.Asks(new ServiceOptions().AddTo(command, watch: true, news: "update,job,execution"), async (client, parsed, report, ct) =>
        {
            var name = Uri.EscapeDataString(parsed.GetValue(thing)!);
            var described = await client.Get($"/things/{name}", ct);
            described["thingGroups"] = (await client.Get($"/things/{name}/thing-groups", ct))["thingGroups"]?.DeepClone();
            described["principals"] = (await client.Get($"/things/{name}/principals", ct))["principals"]?.DeepClone();
            described["executions"] = new JsonArray([.. (await Executions(client, parsed.GetValue(thing)!, 10, ct)).Select(row => row.DeepClone())]);
            report.One(described, to => Write(described, to, report));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Logs()
    {
        var thing = new Argument<string>("thing") { Description = "The thing's name." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what happens from now on." };
        var command = new Command("logs", "Print what happened to a device, the oldest first: who, what, from, to, why.") { thing, follow }
            .With("godwit device logs dev7", "godwit device logs dev7 --follow", "godwit device logs dev7 --output json");
        command.Asks(new ServiceOptions().AddTo(command), async (client, parsed, report, ct) =>
        {
            var path = $"/godwit/journal?thing={Uri.EscapeDataString(parsed.GetValue(thing)!)}&maxResults=1000";
            var seen = 0L;
            await using var news = parsed.GetValue(follow) ? new News(client, "update,job,execution", LogsQuiet, News.UsualPace, ct) : null;
            do
            {
                var records = (await client.List(path, "records", int.MaxValue, ct)).Where(record => record.Number("seq") > seen).ToList();
                seen = records.Count > 0 ? records[^1].Number("seq") : seen;
                if (report.Form == OutputForm.Table)
                    foreach (var record in records)
                        await report.Terminal.Out.WriteLineAsync(Line(record, report.Terminal));
                else if (records.Count > 0 || !parsed.GetValue(follow))
                    report.List(records, [], "");
                await report.Terminal.Out.FlushAsync(ct);
                if (news is not null)
                    await news.Next(ct);
            }
            while (parsed.GetValue(follow));
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<List<string>> Names(ServiceClient client, string? group, int limit, CancellationToken ct)
    {
        if (group is null)
            return [.. (await client.List("/things?maxResults=250", "things", limit, ct)).Select(thing => thing.Text("thingName")!)];
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await client.Get(
                $"/thing-groups/{Uri.EscapeDataString(group)}/things?recursive=true&maxResults=250{(token is null ? "" : "&nextToken=" + Uri.EscapeDataString(token))}", ct);
            names.AddRange(page["things"]?.AsArray().Select(name => name!.GetValue<string>()).Take(limit - names.Count) ?? []);
            token = page.Text("nextToken");
        }
        while (token is not null && names.Count < limit);
        return names;
    }

    private static Task<List<JsonObject>> Executions(ServiceClient client, string thing, int max, CancellationToken ct) =>
        client.List($"/things/{Uri.EscapeDataString(thing)}/jobs?maxResults={max}", "executionSummaries", max, ct);

    private static void Write(JsonObject device, TextWriter to, Report report)
    {
        to.WriteLine($"{device.Text("thingName")}  {device.Text("thingArn")}");
        Line("type", device.Text("thingTypeName"));
        foreach (var (name, value) in device.Find("attributes") as JsonObject ?? [])
            Line("attribute", $"{name} = {value}");
        foreach (var group in device.Rows("thingGroups"))
            Line("group", group.Text("groupName"));
        foreach (var principal in device.Find("principals") as JsonArray ?? [])
            Line("principal", principal!.GetValue<string>());
        to.WriteLine();
        var executions = device.Rows("executions").ToList();
        if (executions.Count == 0)
            to.WriteLine("It has had no jobs.");
        else
            report.Table(executions, ExecutionColumns);

        void Line(string name, string? value)
        {
            if (value is { Length: > 0 })
                to.WriteLine($"  {name,-12} {value}");
        }
    }

    private static string Line(JsonObject record, Terminal terminal)
    {
        var move = (record.Text("from"), record.Text("to")) switch
        {
            (null, { } to) => $"→ {terminal.Paint(to)}",
            ({ } from, null) => $"{terminal.Paint(from)} →",
            ({ } from, { } to) when from == to => terminal.Paint(to),
            ({ } from, { } to) => $"{terminal.Paint(from)} → {terminal.Paint(to)}",
            _ => "",
        };
        return $"{record.Moment("at"):yyyy-MM-dd HH:mm:ss.fff'Z'}  {record.Text("kind"),-28} {record.Text("subject")} {move}{(record.Text("why") is { } why ? $": {why}" : "")}";
    }
}
