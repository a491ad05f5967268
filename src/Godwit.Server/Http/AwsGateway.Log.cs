using Microsoft.Extensions.Logging;

namespace Godwit.Server.Http;

public sealed partial class AwsGateway
{
    // The path is percent-encoded as it came, so it cannot break a line; the query may hold a signature and is left out.
    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path} {Status} {Refusal} {Operation} account {Account} in {Milliseconds:0.0} ms, request {RequestId}")]
    private partial void LogRequest(string method, string path, int status, string refusal, string operation, string account, double milliseconds, string requestId);

    [LoggerMessage(Level = LogLevel.Error, Message = "A bug answered request {RequestId} ({Operation})")]
    private partial void LogBug(Exception bug, string requestId, string operation);

    [LoggerMessage(Level = LogLevel.Error, Message = "Storage refused request {RequestId} ({Operation})")]
    private partial void LogStorage(Exception failure, string requestId, string operation);
}
