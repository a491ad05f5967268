using System.Threading.Channels;

namespace Godwit.Server.OtaUpdates;

/// <summary>Wakes <see cref="OtaUpdateRunner"/>: some update has a step to do. The database knows which, so one waiting ring stands for many.</summary>
public sealed class OtaUpdateBell
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>An update was carried as far as it goes for now; tests wait for it instead of asking again and again.</summary>
    internal event Action? Carried;

    public void Ring() => _rings.Writer.TryWrite(true);

    internal void TellCarried() => Carried?.Invoke();

    internal ValueTask<bool> Heard(CancellationToken ct) => _rings.Reader.ReadAsync(ct);
}
