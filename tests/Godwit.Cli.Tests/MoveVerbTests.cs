using Godwit.Server.Tests;

namespace Godwit.Cli.Tests;

/// <summary>The verb that needs a PostgreSQL; <c>./test postgres</c> has one.</summary>
public sealed class MoveVerbTests(CliFixture service) : IClassFixture<CliFixture>
{
    [Fact]
    public async Task The_state_goes_to_PostgreSQL_and_back()
    {
        var folder = TestStorage.FolderOnPostgres();
        var (file, data, back) = (Path.Combine(folder, "b.tar"), Path.Combine(folder, "data"), Path.Combine(folder, "back"));
        try
        {
            var postgres = TestStorage.ConnectionString(folder)!;
            using var iot = service.Server.Client("iot");
            await iot.Send("POST", "/things/moved", "{}");
            string[] backup = ["backup", file, "--data", service.Server.Folder];
            Assert.Equal(0, (await Shell.Run(TestStorage.ConnectionString(service.Server.Folder) is { } state ? [.. backup, "--database", state] : backup)).Code);
            Assert.Equal(0, (await Shell.Run("restore", file, "--data", data)).Code);

            var there = await Shell.Run("db", "move", "--data", data, "--to", postgres);
            Assert.True(there.Code == 0, there.Error);
            Assert.Contains("copied and verified", there.Out, StringComparison.Ordinal);
            Assert.Equal(0, (await Shell.Run("db", "check", "--data", data, "--database", postgres)).Code);
            Assert.Equal(ExitCode.Data, (await Shell.Run("db", "move", "--data", data, "--to", postgres)).Code);

            Directory.CreateDirectory(back);
            Assert.Equal(0, (await Shell.Run("db", "move", "--data", back, "--database", postgres, "--to", "sqlite")).Code);
            Assert.Equal(0, (await Shell.Run("db", "check", "--data", back)).Code);
        }
        finally
        {
            TestStorage.Drop(folder);
        }
    }
}
