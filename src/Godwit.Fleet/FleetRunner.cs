namespace Godwit.Fleet;

/// <summary>Runs many devices in one process, until disposed.</summary>
public sealed class FleetRunner(IReadOnlyList<EmulatedDevice> devices) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];

    public IReadOnlyList<EmulatedDevice> Devices => devices;

    public void Start()
    {
        foreach (var device in devices)
            _running.Add(Live(device));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task Live(EmulatedDevice device)
    {
        await Task.Yield();
        try
        {
            await device.Run(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The fleet is switched off.
        }
    }
}
