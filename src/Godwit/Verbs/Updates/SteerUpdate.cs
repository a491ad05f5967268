using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli;

namespace Godwit.Verbs.Updates;

/// <summary>Pause, resume, slower, faster and cancel: what an operator does to a rollout under way.</summary>
internal static class SteerUpdate
{
    private const int RateMax = 1000;

    public static Command Pause() => Hold("pause", "Let the rollout reach no further device; what is out goes on.", "paused");

    public static Command Resume() => Hold("resume", "Let a paused rollout go on, at its rate.", "resumed");

    public static Command Slower() => Rate("slower", "Halve the rollout's rate, or set it.", rate => Math.Max(1, rate / 2));

    public static Command Faster() => Rate("faster", "Double the rollout's rate, or set it.", rate => Math.Min(RateMax, rate * 2));

    public static Command Cancel()
    {
        var (id, force) = (UpdateView.Argument(), new Option<bool>("--force") { Description = "Cancel devices that have begun, too: they may be in the middle of a download." });
        var comment = new Option<string?>("--comment") { HelpName = "TEXT", Description = "Kept with the job." };
        var command = new Command("cancel", "End an update: devices that have not begun never will.") { id, force, comment }
            .With("godwit update cancel rel42", "godwit update cancel rel42 --force --comment \"breaks the radio\"");
        command.Asks(new ServiceOptions().AddTo(command), async (client, parsed, report, ct) =>
        {
            var job = (await UpdateView.Find(client, parsed.GetValue(id)!, ct)).NeedJob();
            var body = parsed.GetValue(comment) is { } text ? new JsonObject { ["comment"] = text } : [];
            var answer = await client.Put($"/jobs/{job}/cancel{(parsed.GetValue(force) ? "?force=true" : "")}", body, ct);
            report.One(answer, to => to.WriteLine($"{job} is being canceled."));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Hold(string verb, string description, string done)
    {
        var id = UpdateView.Argument();
        var command = new Command(verb, description) { id }.With($"godwit update {verb} rel42");
        command.Asks(new ServiceOptions().AddTo(command), async (client, parsed, report, ct) =>
        {
            var job = (await UpdateView.Find(client, parsed.GetValue(id)!, ct)).NeedJob();
            var answer = await client.Post($"/godwit/jobs/{job}/{verb}", null, ct);
            report.One(answer, to => to.WriteLine($"{job} is {done}."));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Rate(string verb, string description, Func<int, int> next)
    {
        var id = UpdateView.Argument();
        var rate = new Option<int?>("--rate") { HelpName = "N", Description = $"Devices a minute, from 1 to {RateMax}." };
        rate.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int?>() is < 1 or > RateMax)
                given.AddError($"--rate takes a number from 1 to {RateMax}.");
        });
        var command = new Command(verb, description) { id, rate }.With($"godwit update {verb} rel42", $"godwit update {verb} rel42 --rate 50");
        command.Asks(new ServiceOptions().AddTo(command), async (client, parsed, report, ct) =>
        {
            var update = await UpdateView.Find(client, parsed.GetValue(id)!, ct);
            var job = update.NeedJob();
            var now = (int)update.Job.Number("jobExecutionsRolloutConfig.maximumPerMinute") is > 0 and var set ? set : RateMax;
            var wanted = parsed.GetValue(rate) ?? next(now);
            var answer = await client.Post($"/godwit/jobs/{job}/rate", new JsonObject { ["maximumPerMinute"] = wanted }, ct);
            report.One(answer, to => to.WriteLine($"{job}: {now} a minute before, {wanted} from now on."));
            return ExitCode.Ok;
        });
        return command;
    }
}
