using System.Threading.Channels;

namespace Godwit.Server.Hosting;

/// <summary>Wakes a <see cref="StepRunner{TKey,TRow}"/>: something has a step to do. The database knows what, so one waiting ring stands for many.</summary>
public abstract class StepBell
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>One was carried as far as it goes for now; whoever waits for it looks then, instead of asking again and again.</summary>
    internal event Action? Carried;

    public void Ring() => _rings.Writer.TryWrite(true);

    internal void TellCarried() => Carried?.Invoke();

    internal ValueTask<bool> Heard(CancellationToken ct) => _rings.Reader.ReadAsync(ct);
}
