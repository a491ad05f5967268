using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Mqtt;

/// <summary>GetRetainedMessage — GET /retainedMessage/{topic}, as the broker has it.</summary>
internal sealed class GetRetainedMessage(LocalDeviceLink link, Database database, TimeProvider time) : IOperation<GetRetainedMessage.Request, GetRetainedMessage.Response>
{
    public sealed record Request
    {
        public required string Topic { get; init; }
    }

    /// <param name="LastModifiedTime">Milliseconds of the epoch.</param>
    /// <param name="UserProperties">A JSON array with an object for each property.</param>
    public sealed record Response(string Topic, byte[] Payload, int Qos, long LastModifiedTime, byte[]? UserProperties);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (link.Broker is not { } broker)
            return Errors.ServiceUnavailable("The device door is not open yet. Send the request again.");
        if (broker.FindRetained(request.Topic, caller.Account) is not { } message)
            return Errors.ResourceNotFound($"No message is retained on topic {request.Topic}.");
        var keptAt = await database.Read(
            session => session.First<long?>(
                "SELECT published_at_ms FROM mqtt_retained WHERE account = @Account AND topic = @Topic", new { caller.Account, request.Topic }),
            ct);
        // What is not on disk yet was published just now.
        return new Response(
            message.Topic, message.Payload.ToArray(), (int)message.QoS, keptAt ?? time.GetUtcNow().ToUnixTimeMilliseconds(),
            message.UserProperties is { Count: > 0 } properties
                ? JsonSerializer.SerializeToUtf8Bytes(properties.Select(property => new Dictionary<string, string> { [property.Name] = property.Value }))
                : null);
    }
}
