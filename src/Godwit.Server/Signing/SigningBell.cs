using System.Threading.Channels;

namespace Godwit.Server.Signing;

/// <summary>Wakes <see cref="SigningRunner"/>: some job has a step to do. One waiting ring stands for many.</summary>
public sealed class SigningBell
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>A job was carried as far as it goes for now.</summary>
    internal event Action? Carried;

    public void Ring() => _rings.Writer.TryWrite(true);

    internal void TellCarried() => Carried?.Invoke();

    internal ValueTask<bool> Heard(CancellationToken ct) => _rings.Reader.ReadAsync(ct);
}
