using Microsoft.Extensions.Logging;

namespace Godwit.Server.Streams.Device;

/// <summary>Devices' calls of streams in the words of AWS's own log events (FreeRTOS user guide > Set up CloudWatch Logs for OTA updates). Without its level it costs a look at a flag.</summary>
internal sealed partial class StreamLog(ILogger<StreamLog> log)
{
    private readonly ILogger _log = log;

    public void Answered(string action, TopicRequest request, string streamId) =>
        LogCall(action, "Success", request.Thing, request.Topic, streamId, request.Caller.Account, "MQTT", "answered");

    public void Refused(string action, TopicRequest request, string why)
    {
        if (_log.IsEnabled(LogLevel.Debug))
            LogCall(action, "Failure", request.Thing, request.Topic, request.Rest.Split('/')[0], request.Caller.Account, "MQTT", why);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{actionType} {status} for {thingName} on {topicName}, stream {streamId} of account {accountId} by {protocol}: {details}")]
    private partial void LogCall(string actionType, string status, string thingName, string topicName, string streamId, string accountId, string protocol, string details);
}
