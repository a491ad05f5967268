using System.CommandLine;

namespace Godwit.Cli.Tests;

/// <summary>Every verb once as it should go and once as it should not. A new verb without its line here fails the first test; its help is asked for by <see cref="HelpTests"/>.</summary>
public sealed class VerbTests(VerbFixture service) : IClassFixture<VerbFixture>
{
    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["serve"] = new("serve --data {dir}/served --api-port 0 --mqtt-port 0 --https-port 0 --log-level None", "serve --data {dir}/served --api-port x", ExitCode.Config) { GoesOnIn = "{dir}/served" },
        ["demo"] = new("demo --devices 1 --image-kib 16 --json", "demo --devices 0", ExitCode.Usage),
        ["update create"] = new("update create made --firmware {dir}/app.bin --sign-key {dir}/key.pem --target thing/dev --data {data}", "update create x --input {none} --data {data}", ExitCode.NoInput),
        ["update list"] = new("update list --data {data}", "update list --data {none}", ExitCode.Unavailable),
        ["update show"] = new("update show held --data {data}", "update show none --data {data}", ExitCode.Data),
        ["update watch"] = new("update watch over --data {data}", "update watch none --data {data}", ExitCode.Data),
        ["update pause"] = new("update pause held --data {data}", "update pause none --data {data}", ExitCode.Data),
        ["update resume"] = new("update resume resumed --data {data}", "update resume none --data {data}", ExitCode.Data),
        ["update slower"] = new("update slower slow --data {data}", "update slower slow --rate 0 --data {data}", ExitCode.Usage),
        ["update faster"] = new("update faster fast --rate 70 --data {data}", "update faster none --data {data}", ExitCode.Data),
        ["update cancel"] = new("update cancel ended --data {data}", "update cancel none --data {data}", ExitCode.Data),
        ["device list"] = new("device list --group of-dev --data {data}", "device list --group none --data {data}", ExitCode.Data),
        ["device show"] = new("device show dev --data {data}", "device show none --data {data}", ExitCode.Data),
        ["device why"] = new("device why dev over --data {data}", "device why dev none --data {data}", ExitCode.Data),
        ["device logs"] = new("device logs dev --data {data}", "device logs dev --data {data} --endpoint http://127.0.0.1:9", ExitCode.Unavailable),
        ["why"] = new("why dev over --data {data}", "why dev none --data {data}", ExitCode.Data),
        ["journal"] = new("journal --thing dev --data {data}", "journal --data {data}", ExitCode.Usage),
        ["webhook create"] = new("webhook create new --url {hook} --kind update presence --data {data}", "webhook create new --url http://hooks.example --data {data}", ExitCode.Data),
        ["webhook list"] = new("webhook list --data {data}", "webhook list --data {none}", ExitCode.Unavailable),
        ["webhook show"] = new("webhook show kept --data {data}", "webhook show none --data {data}", ExitCode.Data),
        ["webhook test"] = new("webhook test kept --data {data}", "webhook test none --data {data}", ExitCode.Data),
        ["webhook deliveries"] = new("webhook deliveries kept --data {data}", "webhook deliveries none --data {data}", ExitCode.Data),
        ["webhook replay"] = new("webhook replay kept --after 0 --data {data}", "webhook replay kept --after 999999999 --data {data}", ExitCode.Data),
        ["webhook delete"] = new("webhook delete gone --data {data}", "webhook delete none --data {data}", ExitCode.Data),
        ["fleet up"] = new("fleet up 1 --for 0 --image-kib 1 --state {dir}/fleet --prefix verb --data {data}", "fleet up 0 --data {data}", ExitCode.Usage),
        ["plan"] = new("plan --input {dir}/input.json --fleet 10", "plan --input {none} --fleet 10", ExitCode.NoInput),
        ["env"] = new("env --data {data}", "env --data {none}", ExitCode.NoInput),
        ["aws"] = new("aws --data {data} sts get-caller-identity", "aws --endpoint http://127.0.0.1:9 --data {none} sts get-caller-identity", ExitCode.NoInput),
        ["config show"] = new("config show --data {data}", "config show --data {data} --api-port x", ExitCode.Config),
        ["doctor"] = new("doctor --data {data} --api-port 0 --mqtt-port 0 --https-port 0", "doctor --data {data} --api-port x", ExitCode.BadNews),
        ["health"] = new("health --data {data}", "health --data {none}", ExitCode.Unavailable),
        ["backup"] = new("backup {dir}/more.tar --data {data}", "backup {dir}/backup.tar --data {data}", ExitCode.Data),
        ["restore"] = new("restore {dir}/backup.tar --data {dir}/restored", "restore {none} --data {dir}/restored", ExitCode.NoInput),
        ["db check"] = new("db check --data {data}", "db check --data {none}", ExitCode.NoInput),
        // Needs a PostgreSQL; MoveVerbTests has it where there is one.
        ["db move"] = new(null, "db move --to sqlite --data {data}", ExitCode.Usage),
        ["completion"] = new("completion bash", "completion tcsh", ExitCode.Usage),
        ["version"] = new("version", "version nonsense", ExitCode.Usage),
        ["help"] = new("help", "help nonsense", ExitCode.Usage),
    };

    public static TheoryData<string> Good => [.. Cases.Where(one => one.Value.Good is not null).Select(one => one.Key)];

    public static TheoryData<string> All => [.. Cases.Keys];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_verb_has_its_line() =>
        Assert.Equal(Leaves(GodwitCommand.Create(), "").Order(StringComparer.Ordinal), Cases.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_verb_does_what_it_is_for(string verb)
    {
        var one = Cases[verb];
        Environment.SetEnvironmentVariable("AWS_CLI", service.Words("{dir}/aws")[0]);
        var ran = one.GoesOnIn is { } folder ? await RunUntilItServes(service.Words(one.Good!), service.Words(folder)[0]) : await Shell.Run(service.Words(one.Good!));
        Assert.True(ran.Code == ExitCode.Ok, $"{ran.Code}: {ran.Out}{ran.Error}");
        Assert.DoesNotContain("godwit: ", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_verb_that_cannot_says_so_with_its_exit_code(string verb)
    {
        var ran = await Shell.Run(service.Words(Cases[verb].Bad));
        Assert.True(ran.Code == Cases[verb].Code, $"{ran.Code}: {ran.Out}{ran.Error}");
        // Doctor's answer is what it is for; everything else has a word on standard error, and serve writes to the process's own.
        Assert.True(ran.Error.Length > 0 || verb is "doctor" or "serve", ran.Out);
    }

    private static async Task<Ran> RunUntilItServes(string[] words, string folder)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var running = Shell.RunUntil(stop.Token, words);
        for (var looks = 0; looks < 100_000 && !running.IsCompleted && (await Shell.Run("health", "--data", folder)).Code != ExitCode.Ok; looks++)
            await Task.Yield();
        await stop.CancelAsync();
        return await running;
    }

    private static IEnumerable<string> Leaves(Command command, string path) => command.Subcommands.Count == 0
        ? [path]
        : command.Subcommands.SelectMany(sub => Leaves(sub, path.Length == 0 ? sub.Name : $"{path} {sub.Name}"));

    /// <param name="Good">Ends with 0.</param>
    /// <param name="Bad">Ends with <paramref name="Code"/>.</param>
    private sealed record Case(string? Good, string Bad, int Code)
    {
        /// <summary>It serves this folder until it is stopped.</summary>
        public string? GoesOnIn { get; init; }
    }
}
