using Godwit.Fleet.Operator;

namespace Godwit.Cli;

/// <summary>
/// Says when it is worth while to ask again: the service tells of changes by server-sent events (<c>GET /godwit/events</c>), and where it does not — an older one, AWS, a key that may not
/// listen — a second has to do. Also asks again now and then while nothing is heard, since not everything that is shown is an event.
/// </summary>
public sealed class News : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(2);

    /// <summary>A fleet that reports by the thousand is not shown anew for each.</summary>
    public static readonly TimeSpan UsualPace = TimeSpan.FromMilliseconds(200);

    private readonly ServiceClient _client;
    private readonly TimeSpan _quiet;
    private readonly TimeSpan _pace;
    private readonly CancellationTokenSource _end;
    private readonly Task _listening;
    private volatile TaskCompletionSource _bell = New();
    private volatile bool _hears;

    /// <param name="kinds">Of events, with commas between.</param>
    /// <param name="quiet">How long to believe that silence means that nothing changed.</param>
    public News(ServiceClient client, string kinds, TimeSpan quiet, TimeSpan pace, CancellationToken ct)
    {
        (_client, _quiet, _pace) = (client, quiet, pace);
        _end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _listening = Listen($"/godwit/events?kinds={Uri.EscapeDataString(kinds)}", _end.Token);
    }

    /// <summary>Whether the service tells of changes by itself.</summary>
    public bool Hears => _hears;

    /// <summary>Returns when something may have changed since the last time.</summary>
    public async Task Next(CancellationToken ct)
    {
        if (_pace > TimeSpan.Zero)
            await Task.Delay(_pace, _client.Time, ct);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(_bell.Task, Task.Delay(_hears ? _quiet : Poll, _client.Time, waiting.Token));
        await waiting.CancelAsync();
        ct.ThrowIfCancellationRequested();
        if (_bell.Task.IsCompleted)
            _bell = New();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _listening;
        _end.Dispose();
    }

    private async Task Listen(string path, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                try
                {
                    await using var stream = await _client.Aws.Open("iot", path, ct);
                    using var reader = new StreamReader(stream);
                    while (await reader.ReadLineAsync(ct) is { } line)
                    {
                        // With the first line of all: what came before it has not been heard.
                        var rings = !_hears || line.StartsWith("event:", StringComparison.Ordinal);
                        _hears = true;
                        if (rings)
                            _bell.TrySetResult();
                    }
                }
                catch (Exception cut) when (cut is HttpRequestException or IOException)
                {
                    // The service ended, or a proxy cut the stream.
                }
                _hears = false;
                await Task.Delay(ComeBack, _client.Time, ct);
            }
        }
        catch (AwsCallException)
        {
            // There are no events for this caller: go on by asking.
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Whoever watched has seen enough.
        }
        _hears = false;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
