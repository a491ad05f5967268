using System.Collections.Concurrent;
using Godwit.Fleet;

namespace Godwit.Demo;

/// <summary>What the devices of the demo have been seen doing.</summary>
public sealed class DemoWatch(TimeProvider time) : IDeviceWatch
{
    private readonly ConcurrentDictionary<string, DevicePhase> _phases = new();
    private readonly ConcurrentDictionary<string, (int Received, int Total)> _blocks = new();
    private readonly ConcurrentQueue<string> _notable = new();
    private long _blocksReceived;
    private long _firstBlockAt;
    private long _lastBlockAt;

    /// <summary>Blocks that arrived, over all devices and both protocols.</summary>
    public long BlocksReceived => Interlocked.Read(ref _blocksReceived);

    /// <summary>From the first block to the last.</summary>
    public TimeSpan Downloading => _firstBlockAt == 0 ? TimeSpan.Zero : time.GetElapsedTime(_firstBlockAt, _lastBlockAt);

    public int Connected => _phases.Values.Count(phase => phase is not (DevicePhase.Off or DevicePhase.Connecting or DevicePhase.Offline));

    public int Finished => _phases.Values.Count(phase => phase is DevicePhase.Succeeded or DevicePhase.Failed);

    public IReadOnlyDictionary<DevicePhase, int> Counts => _phases.Values.GroupBy(phase => phase).ToDictionary(group => group.Key, group => group.Count());

    /// <summary>How much of all bytes is there, from 0 to 1.</summary>
    public double Done(int devices, int blocksPerImage) => (double)_blocks.Values.Sum(b => b.Received) / Math.Max(1, (long)devices * blocksPerImage);

    public bool TryTakeNotable(out string line) => _notable.TryDequeue(out line!);

    public void OnPhase(DeviceEvent change)
    {
        var before = _phases.GetValueOrDefault(change.Thing);
        // An agent that rebooted into its old image looks for work again; what it came to stays on the board.
        if (before is DevicePhase.Succeeded or DevicePhase.Failed && change.Phase is not (DevicePhase.Failed or DevicePhase.Succeeded))
            return;
        _phases[change.Thing] = change.Phase;
        if (change.Phase == DevicePhase.Failed || (change.Phase == DevicePhase.Offline && before is DevicePhase.Downloading) ||
            (change.Phase == DevicePhase.Downloading && before is DevicePhase.Connecting && _blocks.ContainsKey(change.Thing)))
            _notable.Enqueue($"{change.Thing}: {Words(change)}");
    }

    public void OnBlock(string thing, int received, int total)
    {
        _blocks[thing] = (received, total);
        Interlocked.Increment(ref _blocksReceived);
        var now = time.GetTimestamp();
        Interlocked.CompareExchange(ref _firstBlockAt, now, 0);
        Interlocked.Exchange(ref _lastBlockAt, now);
    }

    private string Words(DeviceEvent change) => change.Phase switch
    {
        DevicePhase.Offline => $"lost its connection after {_blocks.GetValueOrDefault(change.Thing).Received} blocks",
        DevicePhase.Downloading => $"is back and goes on at block {_blocks.GetValueOrDefault(change.Thing).Received}",
        _ => $"FAILED ({change.Detail})",
    };
}
