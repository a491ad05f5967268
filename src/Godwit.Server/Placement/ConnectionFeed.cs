namespace Godwit.Server.Placement;

/// <summary>What the device door knows of its clients, for slices that keep it. Nobody comes or leaves where there is no device door.</summary>
public sealed class ConnectionFeed
{
    /// <summary>A client has come or left. Raised on the connection's thread: note it and return.</summary>
    public event Action<ClientConnection>? Changed;

    /// <summary>The clients of an account that are connected now.</summary>
    public Func<string, IReadOnlyCollection<ClientConnection>> Connected { get; set; } = _ => [];

    public void Tell(ClientConnection connection) => Changed?.Invoke(connection);
}

/// <summary>A client, and since when it has been here or away.</summary>
/// <param name="DisconnectReason">In AWS's words; null while connected.</param>
public sealed record ClientConnection(string Account, string ClientId, bool IsConnected, DateTimeOffset At, string? DisconnectReason);
