using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using Godwit.Cli;
using Godwit.Core;
using Godwit.Core.Planning;
using Godwit.Plan;
using Godwit.Server.Http;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Planning;

namespace Godwit.Verbs;

/// <summary><c>godwit plan</c>: what a CreateOTAUpdate request would do to a fleet. No service is needed and nothing is written but the picture.</summary>
public static class PlanVerb
{
    private const int InputBytesMax = 16 * 1024 * 1024;

    public static Command Create()
    {
        var input = new Option<string>("--input") { HelpName = "FILE", Description = "The request, as for aws iot create-ota-update --cli-input-json.", Required = true };
        var fleet = new Option<int>("--fleet") { HelpName = "N", Description = "How many devices the targets have.", Required = true };
        var model = new Option<string?>("--model") { HelpName = "FILE", Description = "How the devices behave; docs/plan.md has its members. Default: all online, 60 s, no failures." };
        var history = new Option<string?>("--history") { HelpName = "DIR", Description = "The devices behave as the journal in this data folder tells; it is only read. In place of --model." };
        var database = new Option<string?>("--database") { HelpName = "STRING", Description = "The same of the journal in this PostgreSQL, for example \"Host=db;Database=godwit\"; it is only read. In place of --model and --history." };
        var account = new Option<string?>("--account") { HelpName = "ID", Description = "Whose journal, where --history or --database has the jobs of several accounts." };
        var seed = new Option<ulong>("--seed") { HelpName = "S", Description = "The seed of all that is drawn.", DefaultValueFactory = _ => 1 };
        var at = new Option<string?>("--at") { HelpName = "TIME", Description = "When the request would be sent, such as 2030-01-02T03:04:05Z; it matters where times are asked for. Default: now." };
        var json = new Option<bool>("--json") { Description = "Print JSON with the timeline by the minute." };
        var svg = new Option<string?>("--svg") { HelpName = "FILE", Description = "Draw the rollout into a file." };
        fleet.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > PlanOtaUpdate.FleetMax)
                given.AddError($"--fleet takes a number from 1 to {PlanOtaUpdate.FleetMax}.");
        });
        var command = new Command("plan", "Tell what an update would do to a fleet: when, how many are hurt, when it aborts. By the rules that would roll it out.")
        {
            input, fleet, model, history, database, account, seed, at, json, svg,
        };
        command.With("godwit plan --input update.json --fleet 5000", "godwit plan --input update.json --fleet 5000 --model fleet.json --svg rollout.svg", "godwit plan --input update.json --fleet 5000 --history ./data --json",
            "godwit plan --input update.json --fleet 5000 --database \"Host=db;Database=godwit\"");
        command.Does((parsed, terminal, _) => Task.FromResult(Run(
            terminal,
            new Asked(parsed.GetValue(input)!, parsed.GetValue(fleet), parsed.GetValue(model), parsed.GetValue(history), parsed.GetValue(database), parsed.GetValue(account), parsed.GetValue(seed), parsed.GetValue(at)),
            parsed.GetValue(json), parsed.GetValue(svg))));
        return command;
    }

    private static int Run(Terminal terminal, Asked asked, bool json, string? svg)
    {
        try
        {
            var report = PlanTime.Read(asked.At).Then(at => UnsentRequest.Read(ReadFile(asked.Input)).Then(update => Plan(asked, update, at ?? TimeProvider.System.GetUtcNow())));
            if (!report.IsOk)
                return Refuse(terminal, $"{report.Error.Code}: {report.Error.Message}", ExitCode.Data);
            if (svg is not null)
                File.WriteAllText(svg, ForecastPicture.Draw(report.Value.Forecast, Path.GetFileNameWithoutExtension(asked.Input)));
            if (json)
                Print(terminal, report.Value);
            else
                terminal.Out.Write(PlanText.Of(report.Value));
            return ExitCode.Ok;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Refuse(terminal, failure.Message, ExitCode.NoInput);
        }
    }

    private static Result<PlanReport> Plan(Asked asked, CreateOtaUpdate.Request update, DateTimeOffset at) => (asked switch
    {
        { Model: not null, History: not null } or { Model: not null, Database: not null } or { History: not null, Database: not null } =>
            Errors.InvalidRequest("A plan goes by --model, by --history or by --database, and two are given. Leave one out."),
        { Database: { } database } => JournalModel.ReadDatabase(database, asked.Account).Then(fleet => PlanOtaUpdate.Plan(update, asked.Fleet, fleet, asked.Seed, at, OnAllCores)),
        { History: { } folder } => JournalModel.Read(folder, asked.Account).Then(fleet => PlanOtaUpdate.Plan(update, asked.Fleet, fleet, asked.Seed, at, OnAllCores)),
        { Model: { } file } => ReadModel(file).Then(model => PlanOtaUpdate.Plan(update, asked.Fleet, model, asked.Seed, at, OnAllCores)),
        _ => PlanOtaUpdate.Plan(update, asked.Fleet, FleetModel.Default, asked.Seed, at, OnAllCores),
    }).Map(report => PlanOtaUpdate.WithRequest(report, update, at));

    /// <summary>Nobody else is served by this process.</summary>
    private static void OnAllCores(int count, Action<int> run) => Parallel.For(0, count, run);

    private static Result<FleetModel> ReadModel(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(ReadFile(file));
            return FleetModelReader.Read(document.RootElement);
        }
        catch (JsonException broken)
        {
            return Errors.InvalidRequest($"{file} is not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}).");
        }
    }

    private static byte[] ReadFile(string file) =>
        new FileInfo(file) is { Exists: true, Length: > InputBytesMax } ? throw new IOException($"{file} has more than {InputBytesMax} bytes.") : File.ReadAllBytes(file);

    private static void Print(Terminal terminal, PlanReport report)
    {
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        report.Write(output);
        terminal.Out.Write(Encoding.UTF8.GetString(output.WrittenSpan));
        terminal.Out.Write('\n');
    }

    private static int Refuse(Terminal terminal, string message, int code)
    {
        terminal.Error.WriteLine($"godwit: {message}");
        return code;
    }

    private sealed record Asked(string Input, int Fleet, string? Model, string? History, string? Database, string? Account, ulong Seed, string? At);
}
