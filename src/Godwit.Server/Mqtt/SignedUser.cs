using Godwit.Core.Access;

namespace Godwit.Server.Mqtt;

/// <summary>Who opened a WebSocket by a signature, and whether that still counts.</summary>
internal sealed class SignedUser(Caller caller)
{
    private volatile bool _isOver;

    public Caller Caller { get; } = caller;

    /// <summary>The key signs no more, or what it may do was taken away: no CONNECT any more, and a connection ends.</summary>
    public bool IsOver => _isOver;

    public void End() => _isOver = true;
}
