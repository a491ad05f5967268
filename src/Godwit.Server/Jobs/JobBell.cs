using System.Threading.Channels;

namespace Godwit.Server.Jobs;

/// <summary>Tells the runner that something is due. What is due stands in the database: a lost ring is found again by the runner's sweep.</summary>
public sealed class JobBell
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Never waits; many rings before the runner looks are one.</summary>
    public void Ring() => _rung.Writer.TryWrite(true);

    /// <summary>Completes at the next ring, or at once if the bell was rung since the last wait.</summary>
    internal async Task Wait(CancellationToken ct) => await _rung.Reader.ReadAsync(ct);
}
