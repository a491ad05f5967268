namespace Godwit.Cli.Tests;

/// <summary>Verbs that stand by themselves or beside the AWS CLI.</summary>
public sealed class DeskVerbTests(CliFixture service) : IClassFixture<CliFixture>
{
    [Fact]
    public async Task Version_and_help_speak_on_standard_output()
    {
        Assert.StartsWith("godwit ", (await Shell.Run("version")).Out, StringComparison.Ordinal);
        Assert.Contains("update", (await Shell.Run("help")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Shell.Run("version", "nonsense")).Code);
    }

    [Fact]
    public async Task Env_points_a_shell_at_the_service_or_says_that_none_was_ever_there()
    {
        var env = await service.Run("env");
        Assert.Contains($"export AWS_ENDPOINT_URL=http://127.0.0.1:{service.Server.Endpoints.ApiPort}", env.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NoInput, (await Shell.Run("env", "--data", "/nonexistent")).Code);
    }

    [Fact]
    public async Task The_AWS_CLI_is_missed_by_name()
    {
        var ran = await Shell.Run("aws", "--endpoint", "http://127.0.0.1:9", "--data", "/nonexistent", "sts", "get-caller-identity");
        Assert.Equal(ExitCode.NoInput, ran.Code);
    }

    [Fact]
    public async Task Health_is_for_probes()
    {
        Assert.Equal(0, (await service.Run("health")).Code);
        Assert.Equal(ExitCode.Unavailable, (await Shell.Run("health", "--data", "/nonexistent")).Code);
    }
}
