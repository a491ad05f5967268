using Godwit.Core;
using Godwit.Core.Planning;
using Godwit.Server.Planning;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Jobs;

namespace Godwit.Server.Tests.Planning;

public sealed class JournalModelTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_model_is_what_the_devices_of_the_journal_did()
    {
        var things = Enumerable.Range(0, 10).Select(i => $"t{i}").ToArray();
        await _host.MakeThings(things);
        await _host.Create("job", [.. things.Select(JobsHost.ThingArn)], request => request with { TimeoutConfig = new() { InProgressTimeoutInMinutes = 5 } });
        // A thousand a minute: seventeen in the first second.
        foreach (var thing in things[..8])
            await _host.Report(thing, "job", "IN_PROGRESS");
        await _host.Advance(TimeSpan.FromSeconds(30));
        foreach (var thing in things[..4])
            await _host.Report(thing, "job", "SUCCEEDED");
        await _host.Report("t4", "job", "FAILED");
        await _host.Mqtt("t5", "job/update", """{"status":"FAILED","statusDetails":{"reason":"rejected: 0x00000011"}}""");
        await _host.Report("t6", "job", "REJECTED");
        await _host.Advance(TimeSpan.FromMinutes(5));
        // Ten minutes after the start: late, and slow.
        await _host.Advance(TimeSpan.FromSeconds(270));
        await _host.Report("t8", "job", "IN_PROGRESS");
        await _host.Advance(TimeSpan.FromSeconds(90));
        await _host.Report("t8", "job", "SUCCEEDED");

        var fleet = await Read(JobsHost.Caller.Account);
        var profile = fleet.Value.Profile;
        // t0 to t3 and t8 succeeded, t4 failed, t5 fell back, t6 refused, t7 ran out of time; t9 was never there.
        Assert.Equal((9, 1), (fleet.Value.Ended, fleet.Value.Unanswered));
        Assert.Equal([8 / 10.0, 1 / 9.0, 1 / 9.0, 1 / 9.0, 1 / 9.0], new[] { profile.Online, profile.FailureRate, profile.RevertRate, profile.RejectRate, profile.StallRate }.Select(share => share.Mean));
        Assert.Equal(10, profile.OfflineMinutes!.Mean);
        Assert.Equal((30, 30, 90), (profile.DownloadSeconds.Quantile(10), profile.DownloadSeconds.Quantile(50), profile.DownloadSeconds.Quantile(100)));
    }

    [Fact]
    public async Task A_folder_is_read_while_the_service_runs_on_it_and_says_what_the_service_says()
    {
        await _host.MakeThings("a");
        await _host.Create("job", [JobsHost.ThingArn("a")]);
        await _host.Report("a", "job", "SUCCEEDED");
        if (TestStorage.Server is not null)
            return;
        var fleet = JournalModel.Read(_host.Folder, account: null);
        Assert.Equal(1, JobsHost.Ok(fleet).Ended);
        Assert.Equal((await Read(JobsHost.Caller.Account)).Value.ToMs, fleet.Value.ToMs);
        Assert.Contains("has no execution that a device has ended", JournalModel.Read(_host.Folder, "111111111111").Error!.Message);
    }

    [Fact]
    public async Task A_PostgreSQL_is_read_from_afar_while_the_service_runs_on_it()
    {
        Assert.SkipWhen(TestStorage.Server is null, "GODWIT_TEST_DATABASE names no PostgreSQL; ./test postgres does.");
        await _host.MakeThings("a");
        await _host.Create("job", [JobsHost.ThingArn("a")]);
        await _host.Report("a", "job", "SUCCEEDED");
        var fleet = JournalModel.ReadDatabase(TestStorage.ConnectionString(_host.Folder)!, account: null);
        Assert.Equal(1, JobsHost.Ok(fleet).Ended);
        Assert.Equal((await Read(JobsHost.Caller.Account)).Value.ToMs, fleet.Value.ToMs);
        Assert.Contains("has no execution that a device has ended", JournalModel.ReadDatabase(TestStorage.ConnectionString(_host.Folder)!, "111111111111").Error!.Message);
    }

    [Fact]
    public void A_database_that_is_none_is_refused_with_what_to_write()
    {
        Assert.Contains("--database is no connection string: it names no Host. Write it as \"Host=", JournalModel.ReadDatabase("Database=godwit", null).Error!.Message);
        Assert.Contains("cannot be read", JournalModel.ReadDatabase("Host=127.0.0.1;Port=1;Username=nobody", null).Error!.Message);
    }

    [Fact]
    public async Task An_empty_folder_and_an_empty_journal_are_refused_with_what_to_do()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-none-").FullName;
        Assert.Contains("no service with its state in a folder was ever started there", JournalModel.Read(folder, null).Error!.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder);
        Assert.Contains("nothing is known of this fleet yet. Describe the devices by a model instead", (await Read("000000000000")).Error!.Message);
    }

    private Task<Result<HistoricFleet>> Read(string account) => _host.Get<Database>().Read(session => JournalModel.Read(session, account), JobsHost.Ct);
}
