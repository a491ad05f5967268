using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Doctor;
using Godwit.Server;
using Godwit.Server.Acm.Tokens;
using Godwit.Server.Hosting;
using Godwit.Verbs;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Cli.Tests;

/// <summary>Faults are planted one by one into an installation that is otherwise sound.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("godwit-doctor-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private ServerOptions _options = null!;
    private Surroundings _around = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A folder as a service leaves it.</summary>
    public async ValueTask InitializeAsync()
    {
        _options = new ServerOptions { DataDirectory = _data, ApiPort = 0, MqttPort = 0, HttpsPort = 0 };
        await using (await GodwitServer.Start(_options, TimeProvider.System, new SystemRandomSource(), _ => { }, Ct))
        {
        }
        _options = _options with { ApiPort = 4566, MqttPort = 8883, HttpsPort = 8443 };
        _around = new Surroundings
        {
            Time = _time, Environment = name => name == "HOME" ? _data : null, Disk = _ => (50L << 30, 100L << 30), Listen = (_, _) => null,
            Get = (_, _) => Task.FromResult<(int, string?)>((200, null)), AwsVersion = _ => Task.FromResult<string?>("aws-cli/2.31.0 Python/3.13"), IsProcess = _ => true,
        };
    }

    public ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_data, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_sound_installation_has_nothing_wrong() =>
        Assert.All(await Examine(), finding => Assert.True(finding.State is FindingState.Ok or FindingState.Skipped, finding.ToString()));

    [Fact]
    public async Task A_port_that_is_taken_is_found()
    {
        _around = _around with { Listen = (_, port) => port == 8883 ? "Address already in use" : null };
        await Finds("ports", "MQTT port 8883");
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_is_found()
    {
        // A file in place of the probe's folder: what a read-only mount does, whoever runs the test.
        Directory.CreateDirectory(Path.Combine(_data, ".doctor"));
        await Finds("data folder", "cannot be written");
    }

    [Fact]
    public async Task A_certificate_that_has_ended_is_found()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var old = new CertificateRequest("CN=old", key, HashAlgorithmName.SHA256).CreateSelfSigned(_time.GetUtcNow().AddDays(-2), _time.GetUtcNow().AddDays(-1));
        await File.WriteAllTextAsync(Path.Combine(_data, "tls", "server.pem"), old.ExportCertificatePem(), Ct);
        await Finds("certificates", "server.pem is valid until");
    }

    [Fact]
    public async Task A_certificate_that_is_about_to_end_is_a_warning()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var soon = new CertificateRequest("CN=soon", key, HashAlgorithmName.SHA256).CreateSelfSigned(_time.GetUtcNow().AddDays(-2), _time.GetUtcNow().AddDays(5));
        await File.WriteAllTextAsync(Path.Combine(_data, "tls", "ca.pem"), soon.ExportCertificatePem(), Ct);
        await Finds("certificates", "ca.pem is valid until", FindingState.Warning);
    }

    [Fact]
    public async Task A_clock_that_went_back_is_found()
    {
        _around = _around with { Time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(-3)) };
        await Finds("clock", "the last change was recorded");
    }

    [Fact]
    public async Task A_disk_that_is_almost_full_is_found()
    {
        _around = _around with { Disk = _ => (100L << 20, 100L << 30) };
        await Finds("disk", "100 MiB of");
    }

    [Fact]
    public async Task A_secret_that_others_can_read_is_found()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_data, "credentials"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await Finds("file modes", "credentials can be read by others");
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_found()
    {
        Sql("INSERT INTO migration (name, at_ms) VALUES ('9999-future', 0)");
        await Finds("database", "newer version");
    }

    [Fact]
    public async Task A_database_of_an_older_version_is_a_warning()
    {
        Sql("DELETE FROM migration WHERE name = (SELECT MAX(name) FROM migration)");
        await Finds("database", "older version", FindingState.Warning);
    }

    [Fact]
    public async Task A_journal_that_was_changed_is_found()
    {
        Sql("UPDATE journal SET why = 'nothing happened' WHERE seq = 1");
        await Finds("journal", "breaks at record 1");
    }

    [Fact]
    public async Task Object_bytes_that_are_gone_are_found()
    {
        Sql("INSERT INTO upload_part (account, upload_id, part_number, size_bytes, etag, bytes_id, checksums, modified_at_ms) VALUES ('0', 'u', 1, 1, 'e', 'abcdef', '{}', 0)");
        await Finds("objects", "abcdef are referred to and not there");
    }

    [Fact]
    public async Task A_token_that_cannot_be_used_is_found()
    {
        _options = _options with { Pkcs11 = new Pkcs11Options { Module = "/nowhere/module.so", Token = "fleet", Account = "000000000000" } };
        await Finds("token", "no PKCS #11 module");
    }

    [Fact]
    public async Task An_AWS_CLI_that_is_not_there_is_a_warning()
    {
        _around = _around with { AwsVersion = _ => Task.FromResult<string?>(null) };
        await Finds("AWS CLI", "not installed", FindingState.Warning);
    }

    [Fact]
    public async Task An_AWS_CLI_that_signs_by_version_2_is_found()
    {
        Directory.CreateDirectory(Path.Combine(_data, ".aws"));
        await File.WriteAllTextAsync(Path.Combine(_data, ".aws", "config"), "[default]\ns3 =\n  signature_version = s3\n", Ct);
        await Finds("AWS CLI", "signature version 2");
    }

    [Fact]
    public async Task A_public_URL_that_leads_nowhere_is_found()
    {
        _options = _options with { PublicUrl = "https://files.example" };
        _around = _around with { Get = (url, _) => Task.FromResult<(int, string?)>(url.Host == "files.example" ? (0, "No such host is known") : (200, null)) };
        await Finds("public URL", "No such host");
    }

    [Fact]
    public async Task A_service_that_does_not_answer_and_one_that_is_gone_are_found()
    {
        RunningService.Write(_data, new Endpoints { ApiPort = 1 }, "us-east-1");
        _around = _around with { Get = (_, _) => Task.FromResult<(int, string?)>((503, null)) };
        await Finds("service", "does not serve");
        _around = _around with { IsProcess = _ => false };
        await Finds("service", "is gone", FindingState.Warning);
    }

    [Fact]
    public async Task A_setting_that_cannot_be_read_is_found()
    {
        var findings = await new Examination(_options, ["Godwit:ApiPort (GODWIT__APIPORT, --api-port): 'x' is no port; use a number"], _around).Run(Ct);
        Assert.Contains(findings, finding => finding is { Check: "settings", State: FindingState.Fault });
    }

    [Fact]
    public async Task The_verb_tells_and_its_exit_code_is_for_scripts()
    {
        var sound = await Shell.Run("doctor", "--data", _data, "--api-port", "0", "--mqtt-port", "0", "--https-port", "0");
        Assert.Contains("the journal's", sound.Out, StringComparison.Ordinal);
        Sql("UPDATE journal SET why = 'nothing happened' WHERE seq = 1");
        var ill = await Shell.Run("doctor", "--data", _data, "--api-port", "0", "--mqtt-port", "0", "--https-port", "0", "-o", "json");
        Assert.Equal(ExitCode.BadNews, ill.Code);
        Assert.Contains(ill.Json.AsArray(), finding => finding!["check"]!.GetValue<string>() == "journal" && finding["state"]!.GetValue<string>() == "fault");
    }

    private async Task<IReadOnlyList<Finding>> Examine() => await new Examination(_options, [], _around).Run(Ct);

    private async Task Finds(string check, string what, FindingState state = FindingState.Fault)
    {
        var findings = await Examine();
        var found = findings.FirstOrDefault(finding => finding.Check == check && finding.State == state);
        Assert.True(found is not null, string.Join('\n', findings));
        Assert.Contains(what, found.What, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(found.Remedy));
    }

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_data, "godwit.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
