using Godwit.Mqtt;
using Godwit.Mqtt.Packets;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Mqtt;

/// <summary>
/// Makes changes of policies, attachments and certificates act on live connections: reads each stale certificate again, replaces its connections'
/// rights, and ends those that may no longer be connected.
/// </summary>
internal sealed partial class RightsKeeper(LiveDevices live, DeviceAuthenticator authenticator, TimeProvider time, ILogger<RightsKeeper> log)
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>All connections of a certificate have their new rights, or have been ended.</summary>
    public event Action<string>? Refreshed;

    /// <summary>Runs until cancelled.</summary>
    public async Task Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
            foreach (var certificateId in await live.TakeStale(ct))
                await RefreshOrRetry(certificateId, ct);
    }

    private async Task RefreshOrRetry(string certificateId, CancellationToken ct)
    {
        try
        {
            foreach (var connection in live.Of(certificateId))
                await Refresh(certificateId, connection, ct);
            Refreshed?.Invoke(certificateId);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            // A right that was taken away must not live on because of one failed read.
            LogFailed(failure, certificateId);
            live.MarkStale(certificateId);
            await Task.Delay(AfterFailure, time, ct);
        }
    }

    private async Task Refresh(string certificateId, IConnection connection, CancellationToken ct)
    {
        var device = (Device)connection.State!;
        if (await authenticator.RightsNow(certificateId, device.Facts, ct) is { } rights)
        {
            device.Rights = rights;
            return;
        }
        LogEnded(connection.ClientId, certificateId);
        device.WhyEnded = DisconnectWords.AuthError;
        connection.Disconnect(ReasonCode.NotAuthorized);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Ending the connection of {ClientId}: its certificate {CertificateId} or its policies no longer let it connect")]
    private partial void LogEnded(string clientId, string certificateId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The rights of certificate {CertificateId} could not be read again; trying until they are")]
    private partial void LogFailed(Exception failure, string certificateId);
}
