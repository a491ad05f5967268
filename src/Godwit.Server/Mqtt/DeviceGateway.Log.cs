using Godwit.Mqtt;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Mqtt;

internal sealed partial class DeviceGateway
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Refused to connect {clientId} from {sourceIp}: {reason}")]
    private partial void LogRefused(string clientId, string? sourceIp, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Connected {clientId} from {sourceIp} as {principalId}")]
    private partial void LogConnected(string clientId, string? sourceIp, string principalId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Disconnected {clientId}: {reason}")]
    private partial void LogDisconnected(string clientId, DisconnectReason reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Denied {eventType} on {topicName} to {clientId}: no policy of its certificate allows it")]
    private partial void LogDenied(string eventType, string topicName, string clientId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Disconnecting {clientId}: it published on {topicName}, which is reserved and answers no request")]
    private partial void LogReserved(string topicName, string clientId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The request on {topicName} failed unexpectedly")]
    private partial void LogServiceFailed(Exception bug, string topicName);

    [LoggerMessage(Level = LogLevel.Error, Message = "A connection was ended by an unexpected failure: {clientId}")]
    private partial void LogFaulted(Exception error, string? clientId);
}
