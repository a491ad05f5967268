using Godwit.Server.Tests;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Cli.Tests;

/// <summary>The clock stands in these tests: whoever waits for time to pass waits for ever.</summary>
public sealed class NewsTests(CliFixture service) : IClassFixture<CliFixture>
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changes_are_heard_without_asking()
    {
        using var client = new ServiceClient(Target(service.Server.Address), _clock);
        await using var news = new News(client, "job,execution", Quiet, pace: TimeSpan.Zero, Ct);
        // The greeting is heard: what was before it may have been missed.
        await Soon(news.Next(Ct));
        Assert.True(news.Hears);

        using var iot = service.Server.Client("iot");
        await iot.Send("POST", "/things/heard", "{}");
        var next = news.Next(Ct);
        await iot.Send("PUT", "/jobs/heard", """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/heard"],"document":"{}"}""");
        await Soon(next);
    }

    [Fact]
    public async Task Where_nothing_is_told_a_second_has_to_do()
    {
        using var client = new ServiceClient(Target(service.Server.Address) with { AccessKeyId = "NOBODY" }, _clock);
        await using var news = new News(client, "job", Quiet, pace: TimeSpan.Zero, Ct);
        var next = news.Next(Ct);
        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Soon(next);
        Assert.False(news.Hears);
    }

    [Fact]
    public async Task A_watch_that_is_stopped_ends_its_stream()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var client = new ServiceClient(Target(service.Server.Address), _clock);
        await using (var news = new News(client, "job", Quiet, pace: TimeSpan.Zero, stop.Token))
        {
            await Soon(news.Next(Ct));
            var next = news.Next(stop.Token);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        }
    }

    private static Task Soon(Task task) => task.WaitAsync(TimeSpan.FromSeconds(20), Ct);

    private ServiceTarget Target(Uri at) => ServiceTarget.Find(at.ToString(), service.Server.Folder, _ => null);
}
