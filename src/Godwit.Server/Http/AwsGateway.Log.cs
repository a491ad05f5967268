using Microsoft.Extensions.Logging;

namespace Godwit.Server.Http;

public sealed partial class AwsGateway
{
    // Names are those of AWS's own log events, so that queries written for them find the same fields here.
    // The path is percent-encoded as it came, so it cannot break a line; the query may hold a signature and is left out.
    [LoggerMessage(Level = LogLevel.Information, Message = "{method} {path} {statusCode} {reason} {eventType} account {accountId} in {milliseconds:0.0} ms, request {traceId}")]
    private partial void LogRequest(string method, string path, int statusCode, string reason, string eventType, string accountId, double milliseconds, string traceId);

    [LoggerMessage(Level = LogLevel.Error, Message = "A bug answered request {traceId} ({eventType})")]
    private partial void LogBug(Exception bug, string traceId, string eventType);

    [LoggerMessage(Level = LogLevel.Error, Message = "Storage refused request {traceId} ({eventType})")]
    private partial void LogStorage(Exception failure, string traceId, string eventType);
}
