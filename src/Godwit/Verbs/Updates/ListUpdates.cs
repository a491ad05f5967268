using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli;

namespace Godwit.Verbs.Updates;

/// <summary><c>godwit update list</c></summary>
internal static class ListUpdates
{
    private const int CallsAtOnce = 8;

    public static Command Create()
    {
        var limit = new Option<int>("--limit") { HelpName = "N", Description = "How many, the newest first.", DefaultValueFactory = _ => 20 };
        limit.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > 1000)
                given.AddError("--limit takes a number from 1 to 1000.");
        });
        var command = new Command("list", "List the updates, the newest first, with how far each has come.") { limit }
            .With("godwit update list", "godwit update list --watch", "godwit update list --output json | jq -r '.[].otaUpdateId'");
        command.Asks(new ServiceOptions().AddTo(command, watch: true, news: "update,job,execution"), async (client, parsed, report, ct) =>
        {
            var ids = await client.List("/otaUpdates?maxResults=100", "otaUpdates", parsed.GetValue(limit), ct);
            var rows = new JsonObject[ids.Count];
            await Parallel.ForEachAsync(
                Enumerable.Range(0, ids.Count), new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = ct },
                async (i, token) => rows[i] = Row(await UpdateView.Find(client, ids[i].Text("otaUpdateId")!, token)));
            report.List(
                rows,
                [
                    Column.Of("ID", "otaUpdateId"), Column.Of("STATUS", "status"), Column.Of("DONE", "done", right: true), Column.Of("OF", "things", right: true),
                    Column.Of("FAILED", "failed", right: true), Column.Time("CREATED", "creationDate"), Column.Of("DESCRIPTION", "description"),
                ],
                "There are no updates yet. godwit update create --help shows how to make one.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static JsonObject Row(UpdateView update) => new()
    {
        ["otaUpdateId"] = update.Id,
        ["status"] = update.Status == "CREATE_COMPLETE" && update.JobStatus is { } job ? job : update.Status,
        ["jobId"] = update.JobId,
        ["things"] = update.All,
        ["done"] = update.Of("SUCCEEDED"),
        ["failed"] = update.Of("FAILED") + update.Of("REJECTED") + update.Of("TIMED_OUT"),
        ["creationDate"] = update.Info["creationDate"]?.DeepClone(),
        ["description"] = update.Info["description"]?.DeepClone(),
    };
}
