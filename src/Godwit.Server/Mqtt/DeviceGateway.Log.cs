using Godwit.Mqtt;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Mqtt;

internal sealed partial class DeviceGateway
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Refused to connect {ClientId} from {Remote}: {Why}")]
    private partial void LogRefused(string clientId, string? remote, string why);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Connected {ClientId} from {Remote} as {Principal}")]
    private partial void LogConnected(string clientId, string? remote, string principal);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Disconnected {ClientId}: {Reason}")]
    private partial void LogDisconnected(string clientId, DisconnectReason reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Denied {Action} on {Resource} to {ClientId}: no policy of its certificate allows it")]
    private partial void LogDenied(string action, string resource, string clientId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Disconnecting {ClientId}: it published on {Topic}, which is reserved and answers no request")]
    private partial void LogReserved(string topic, string clientId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The request on {Topic} failed unexpectedly")]
    private partial void LogServiceFailed(Exception bug, string topic);

    [LoggerMessage(Level = LogLevel.Error, Message = "A connection was ended by an unexpected failure: {ClientId}")]
    private partial void LogFaulted(Exception error, string? clientId);
}
