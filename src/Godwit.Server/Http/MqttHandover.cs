using Godwit.Mqtt;
using Godwit.Mqtt.Packets;
using Godwit.Server.Mqtt;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.Http;

/// <summary>Gives connections that came in by Kestrel to the broker, and ends them before Kestrel, which waits for its connections, stops.</summary>
internal sealed class MqttHandover : IDisposable
{
    /// <summary>How long a peer may take over the last bytes.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    private readonly DeviceDoor _door;
    private readonly TimeProvider _time;
    private readonly CancellationTokenRegistration _stopping;

    public MqttHandover(DeviceDoor door, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        (_door, _time) = (door, time);
        _stopping = lifetime.ApplicationStopping.Register(() => _door.Broker?.Disconnect(
            connection => connection.Transport.Listener is DeviceDoor.AlpnListener or DeviceDoor.WebSocketListener, ReasonCode.ServerShuttingDown));
    }

    /// <summary>Completes when the MQTT connection is over.</summary>
    /// <param name="lifetimeMax">After that it is ended; null for as long as it lives.</param>
    public async Task Serve(MqttStream stream, TransportInfo info, IConnectionLifetimeFeature connection, TimeSpan? lifetimeMax)
    {
        if (_door.Broker is not { } broker)
        {
            connection.Abort();
            return;
        }
        var closed = connection.ConnectionClosed;
        await using var timer = lifetimeMax is { } most
            ? _time.CreateTimer(_ => broker.Disconnect(live => IsExpired(live, info), ReasonCode.MaximumConnectTime), null, most, Timeout.InfiniteTimeSpan)
            : null;
        await broker.ServeAsync(stream, info);
        _ = AbortIfItStays(connection, closed);
    }

    private static bool IsExpired(IConnection live, TransportInfo info)
    {
        if (!ReferenceEquals(live.Transport, info))
            return false;
        if (live.State is Device device)
            device.WhyEnded = DisconnectWords.WebSocketExpired;
        return true;
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Kestrel would wait without end for a peer that takes nothing.</summary>
    private async Task AbortIfItStays(IConnectionLifetimeFeature connection, CancellationToken closed)
    {
        await Task.Delay(Linger, _time, closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!closed.IsCancellationRequested)
            connection.Abort();
    }
}
