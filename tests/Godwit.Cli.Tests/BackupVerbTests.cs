using System.Security.Cryptography;
using Godwit.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Godwit.Cli.Tests;

public sealed class BackupVerbTests(CliFixture service) : IClassFixture<CliFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-backup-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_running_service_is_backed_up_and_comes_back_with_all_it_had()
    {
        await using var device = await service.Fleet.Register("back1");
        var order = await service.Fleet.CreateUpdate("back1", RandomNumberGenerator.GetBytes(3000));
        var (file, back) = (Path.Combine(_folder, "b.tar"), Path.Combine(_folder, "data"));

        var made = await service.Run("backup", file);
        Assert.True(made.Code == 0, made.Error);
        Assert.Contains("Verified.", made.Out, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        var restored = await Shell.Run("restore", file, "--data", back);
        Assert.True(restored.Code == 0, restored.Error);
        var check = await Shell.Run("db", "check", "--data", back);
        Assert.Equal(0, check.Code);
        Assert.Contains("all is sound.", check.Out, StringComparison.Ordinal);

        await using var again = await Server.Hosting.GodwitServer.Start(
            new Server.ServerOptions { DataDirectory = back, ApiPort = 0, MqttPort = 0, HttpsPort = 0 }, TimeProvider.System, new Server.SystemRandomSource(), _ => { }, Ct);
        Verbs.RunningService.Write(back, again.Endpoints, "us-east-1");
        var shown = await Shell.Run("update", "show", order.OtaUpdateId, "--data", back);
        Assert.Contains("CREATE_COMPLETE", shown.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_overwritten_and_what_is_no_backup_is_refused()
    {
        var file = Path.Combine(_folder, "b.tar");
        Assert.Equal(0, (await service.Run("backup", file)).Code);
        Assert.Contains("never overwrites", (await service.Run("backup", file)).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NoInput, (await Shell.Run("restore", Path.Combine(_folder, "none.tar"), "--data", Path.Combine(_folder, "x"))).Code);
        var into = await Shell.Run("restore", file, "--data", _folder);
        Assert.Equal(ExitCode.Data, into.Code);
        Assert.Contains("is not empty", into.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_folder, "text"), new string('x', 2000), Ct);
        Assert.Equal(ExitCode.Data, (await Shell.Run("restore", Path.Combine(_folder, "text"), "--data", Path.Combine(_folder, "x"))).Code);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    public async Task A_flipped_bit_anywhere_is_found_and_leaves_no_folder(double where)
    {
        var file = Path.Combine(_folder, "b.tar");
        Assert.Equal(0, (await service.Run("backup", file)).Code);
        var bytes = await File.ReadAllBytesAsync(file, Ct);
        // Where content stands, and not the padding behind it.
        var at = (int)(bytes.Length * where);
        while (bytes[at] == 0)
            at--;
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Ct);

        var ran = await Shell.Run("restore", file, "--data", Path.Combine(_folder, "data"));
        Assert.Equal(ExitCode.Data, ran.Code);
        Assert.Equal(["b.tar"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_cut_off_file_is_refused()
    {
        var file = Path.Combine(_folder, "b.tar");
        Assert.Equal(0, (await service.Run("backup", file)).Code);
        var bytes = await File.ReadAllBytesAsync(file, Ct);
        await File.WriteAllBytesAsync(file, bytes[..(bytes.Length / 2)], Ct);
        Assert.Equal(ExitCode.Data, (await Shell.Run("restore", file, "--data", Path.Combine(_folder, "data"))).Code);
    }

    [Fact]
    public async Task Bytes_in_an_outside_store_are_no_part_of_a_backup_and_not_missed()
    {
        await using var device = await service.Fleet.Register("back2");
        await service.Fleet.CreateUpdate("back2", RandomNumberGenerator.GetBytes(3000));
        var (first, data, file, back) = (Path.Combine(_folder, "a.tar"), Path.Combine(_folder, "data"), Path.Combine(_folder, "b.tar"), Path.Combine(_folder, "back"));
        Assert.Equal(0, (await service.Run("backup", first)).Code);
        Assert.Equal(0, (await Shell.Run("restore", first, "--data", data)).Code);
        Directory.Delete(Path.Combine(data, "objects"), recursive: true);
        Assert.Equal(ExitCode.Data, (await Shell.Run("backup", file, "--data", data)).Code);
        Assert.Equal(ExitCode.BadNews, (await Shell.Run("db", "check", "--data", data)).Code);

        await File.WriteAllTextAsync(Path.Combine(data, "appsettings.json"), """{"Godwit":{"S3":"https://id:secret@store.example/bucket"}}""", Ct);
        Assert.Equal(0, (await Shell.Run("db", "check", "--data", data)).Code);
        Assert.Contains("in the outside store", (await Shell.Run("backup", file, "--data", data)).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Shell.Run("restore", file, "--data", back)).Code);
        Assert.False(Directory.Exists(Path.Combine(back, "objects")));
    }

    [Fact]
    public async Task Db_verbs_say_what_they_need()
    {
        Assert.Equal(ExitCode.NoInput, (await Shell.Run("db", "check", "--data", _folder)).Code);
        Assert.Equal(ExitCode.NoInput, (await Shell.Run("db", "move", "--to", "Host=x", "--data", _folder)).Code);
        Assert.Equal(ExitCode.Unavailable, (await service.Run("db", "move", "--to", "Host=127.0.0.1;Port=9")).Code);
        Assert.Equal(ExitCode.Usage, (await service.Run("db", "move", "--to", "sqlite")).Code);
        Assert.Equal(ExitCode.Usage, (await service.Run("db", "move", "--to", "nonsense")).Code);
    }

    [Fact]
    public async Task Db_check_finds_a_changed_record()
    {
        var (file, back) = (Path.Combine(_folder, "b.tar"), Path.Combine(_folder, "data"));
        Assert.Equal(0, (await service.Run("backup", file)).Code);
        Assert.Equal(0, (await Shell.Run("restore", file, "--data", back)).Code);
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(back, "godwit.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE journal SET who = 'nobody' WHERE seq = 2";
            command.ExecuteNonQuery();
        }
        var ran = await Shell.Run("db", "check", "--data", back);
        Assert.Equal(ExitCode.BadNews, ran.Code);
        Assert.Contains("breaks at record 2", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_shows_each_value_with_its_source_and_no_secret()
    {
        var shown = await Shell.Run("config", "show", "--data", _folder, "--access-key", "ID:whisper:000000000000", "--database", "Host=db;Username=u;Password=hush", "--api-port", "1234");
        Assert.Equal(0, shown.Code);
        Assert.Contains("1234", shown.Out, StringComparison.Ordinal);
        Assert.Contains("ID:****:000000000000", shown.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("whisper", shown.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", shown.Out, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_folder, "appsettings.json"), """{"Godwit":{"MqttPort":1883,"LogLevel":"Loud"}}""", Ct);
        var json = await Shell.Run("config", "show", "--data", _folder, "-o", "json");
        Assert.Equal(ExitCode.Config, json.Code);
        Assert.EndsWith("appsettings.json", json.Json.AsArray().Single(row => row!["setting"]!.GetValue<string>() == "MqttPort")!["source"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("'Loud' is no level", json.Error, StringComparison.Ordinal);
    }
}
