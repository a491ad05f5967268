using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli;
using Godwit.Core.Webhooks;
using Godwit.Fleet.Operator;

namespace Godwit.Verbs;

/// <summary><c>godwit webhook …</c>: whom the service tells of changes, and how that goes.</summary>
public static class WebhookVerb
{
    private static readonly Column[] Columns =
    [
        Column.Of("ID", "webhookId"), Column.Of("STATUS", "status"), new("KINDS", row => Joined(row, "kinds")), Column.Of("TOLD TO", "toldTo", right: true), Column.Time("LAST TAKEN", "toldAt"),
        Column.Of("FAILURES", "failures", right: true), Column.Of("URL", "url"),
    ];

    public static Command Create() => new Command("webhook", "Tell other programs of changes, signed, in order and at least once.") { Make(), List(), Show(), Test(), Deliveries(), Replay(), Delete() }
        .With("godwit webhook create ci --url https://ci.example/godwit --kind update", "godwit webhook test ci");

    private static Command Make()
    {
        var id = Id();
        var url = new Option<string>("--url") { HelpName = "URL", Description = "Where to tell it: https, and public unless the setting WebhookTargets allows more.", Required = true };
        var kind = new Option<string[]>("--kind") { HelpName = "KIND", Description = $"{string.Join(", ", ChangeKind.All)}; may be repeated. Default: all but presence.", AllowMultipleArgumentsPerToken = true };
        kind.AcceptOnlyFromAmong([.. ChangeKind.All]);
        var command = new Command("create", "Tell a URL of every change from now on. Prints the secret that signs the deliveries, this once.") { id, url, kind }
            .With("godwit webhook create ci --url https://ci.example/godwit", "godwit webhook create pager --url https://pager.example/in --kind update job --output json | jq -r .secret");
        command.Asks(new ServiceOptions().AddTo(command), async (client, parsed, report, ct) =>
        {
            var body = new JsonObject { ["webhookId"] = parsed.GetValue(id), ["url"] = parsed.GetValue(url) };
            if (parsed.GetValue(kind) is { Length: > 0 } kinds)
                body["kinds"] = new JsonArray([.. kinds.Select(name => (JsonNode)name)]);
            var made = await client.Post("/godwit/webhooks", body, ct);
            report.One(made, to => to.WriteLine($"{made.Text("webhookId")} is told from now on. Its secret, which is not shown again: {made.Text("secret")}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the webhooks, with how far each was told.").With("godwit webhook list", "godwit webhook list --watch");
        command.Asks(new ServiceOptions().AddTo(command, watch: true), async (client, _, report, ct) =>
        {
            report.List([.. (await client.Get("/godwit/webhooks", ct)).Rows("webhooks")], Columns, "There are no webhooks. godwit webhook create --help shows how to make one.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show() => OfOne("show", "Show a webhook: what it is told, how far, and what went wrong last. Exit code 1 where it does not take its deliveries.", watch: true, async (client, id, report, ct) =>
    {
        var webhook = await client.Get(PathOf(id), ct);
        report.One(webhook, to => Write(webhook, to, report.Terminal));
        return webhook.Number("failures") == 0 && webhook.Text("status") == "ACTIVE" ? ExitCode.Ok : ExitCode.BadNews;
    });

    private static Command Test() => OfOne("test", "Send one signed test delivery now and tell how it was answered. Exit code 1 if it was not taken.", watch: false, async (client, id, report, ct) =>
    {
        var delivery = await client.Post(PathOf(id) + "/test", null, ct);
        var error = delivery.Text("error");
        report.One(delivery, to => to.WriteLine(error is null ? $"{id} took it in {delivery.Text("milliseconds")} ms." : $"{id} did not take it: {error}"));
        return error is null ? ExitCode.Ok : ExitCode.BadNews;
    });

    private static Command Deliveries() => OfOne("deliveries", "List the last 50 deliveries, the newest first.", watch: true, async (client, id, report, ct) =>
    {
        var rows = (await client.Get(PathOf(id) + "/deliveries", ct)).Rows("deliveries").ToList();
        report.List(
            rows,
            [
                Column.Time("WHEN", "at"), new("RESULT", row => row.Text("error") ?? "ok"), Column.Of("MS", "milliseconds", right: true), Column.Of("EVENTS", "events", right: true),
                new("KINDS", row => Joined(row, "kinds")), Column.Of("FROM", "firstId", right: true), Column.Of("TO", "lastId", right: true),
            ],
            $"{id} was told nothing yet.");
        return ExitCode.Ok;
    });

    private static Command Replay()
    {
        var id = Id();
        var after = new Option<long?>("--after") { HelpName = "EVENT", Description = "Tell again all that came after the event with this id. Default: go on where it stands." };
        var command = new Command("replay", "Tell a webhook again from a place on; without one, try now, and resume one that is suspended.") { id, after }
            .With("godwit webhook replay ci", "godwit webhook replay ci --after 1234");
        command.Asks(new ServiceOptions().AddTo(command), async (client, parsed, report, ct) =>
        {
            var moved = await client.Post(PathOf(parsed.GetValue(id)!) + "/replay", parsed.GetValue(after) is { } place ? new JsonObject { ["after"] = place } : null, ct);
            report.One(moved, to => to.WriteLine($"{moved.Text("webhookId")} is told of all after {moved.Text("toldTo")}."));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Delete() => OfOne("delete", "Tell it nothing any more.", watch: false, async (client, id, report, ct) =>
    {
        var answer = await client.Delete(PathOf(id), ct);
        report.One(answer, to => to.WriteLine($"{id} is deleted."));
        return ExitCode.Ok;
    });

    private static Command OfOne(string verb, string description, bool watch, Func<ServiceClient, string, Report, CancellationToken, Task<int>> run)
    {
        var id = Id();
        var command = new Command(verb, description) { id }.With($"godwit webhook {verb} ci");
        command.Asks(new ServiceOptions().AddTo(command, watch: watch), (client, parsed, report, ct) => run(client, parsed.GetValue(id)!, report, ct));
        return command;
    }

    private static void Write(JsonObject webhook, TextWriter to, Terminal terminal)
    {
        to.WriteLine($"{webhook.Text("webhookId")}  {terminal.Paint(webhook.Text("status")!)}  {webhook.Text("url")}");
        Line("kinds", Joined(webhook, "kinds"));
        Line("told to", webhook.Text("toldTo"));
        Line("last taken", webhook.Moment("toldAt")?.ToString("yyyy-MM-dd HH:mm:ss'Z'"));
        Line("failures", webhook.Number("failures") is > 0 and var failures ? $"{failures} in a row; the last: {webhook.Text("lastError")}" : null);
        Line("next try", webhook.Moment("nextAt")?.ToString("yyyy-MM-dd HH:mm:ss'Z'"));

        void Line(string name, string? value)
        {
            if (value is { Length: > 0 })
                to.WriteLine($"  {name,-12} {value}");
        }
    }

    private static string Joined(JsonObject row, string member) => string.Join(", ", (row[member] as JsonArray ?? []).Select(value => value!.GetValue<string>()));

    private static Argument<string> Id() => new("id") { Description = "The webhook's id." };

    private static string PathOf(string id) => $"/godwit/webhooks/{Uri.EscapeDataString(id)}";
}
