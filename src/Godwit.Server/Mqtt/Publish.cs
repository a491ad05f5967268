using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Mqtt;
using Godwit.Mqtt.Packets;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Mqtt;

/// <summary>
/// Publish — POST /topics/{topic}. A message of the account to whoever subscribes. A request topic asks its service as a device's PUBLISH would; since no
/// connection asked, the answers go to those who subscribe to them.
/// </summary>
internal sealed partial class Publish(LocalDeviceLink link, TopicTable topics, ServerOptions options, ILogger<Publish> log) : IOperation<Publish.Request, Nothing>
{
    public sealed record Request
    {
        public required string Topic { get; init; }

        public int? Qos { get; init; }

        public bool? Retain { get; init; }

        public byte[]? Payload { get; init; }

        /// <summary>JSON, as <see cref="PublishedUserProperties"/> reads it.</summary>
        public string? UserProperties { get; init; }

        public string? PayloadFormatIndicator { get; init; }

        public string? ContentType { get; init; }

        public string? ResponseTopic { get; init; }

        /// <summary>Base64.</summary>
        public string? CorrelationData { get; init; }

        public long? MessageExpiry { get; init; }
    }

    public async Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (Refuse(request) is { } refusal)
            return refusal;
        var properties = request.UserProperties is { } json ? PublishedUserProperties.Read(json, options.MqttProfile.UserPropertiesMax).Then(own => PropertiesOf(request, own)) : PropertiesOf(request, null);
        if (!properties.IsOk)
            return properties.Error;
        if (link.Broker is not { } broker)
            return Errors.ServiceUnavailable("The device door is not open yet. Send the request again.");

        var route = topics.Find(request.Topic);
        var payload = request.Payload ?? [];
        switch (route.Kind)
        {
            case TopicKind.Dropped:
                break;
            case TopicKind.Unmapped:
                await Ask(broker, caller, request, route, payload, ct);
                break;
            case TopicKind.Request:
                broker.Publish(request.Topic, payload, (QoS)(request.Qos ?? 0), retain: false, domain: caller.Account);
                await Ask(broker, caller, request, route, payload, ct);
                break;
            default:
                broker.Publish(request.Topic, payload, (QoS)(request.Qos ?? 0), request.Retain is true, properties.Value, caller.Account);
                break;
        }
        LogPublished(request.Topic, caller.Arn, payload.Length);
        return default(Nothing);
    }

    private ServiceError? Refuse(Request request)
    {
        var bytes = System.Text.Encoding.UTF8.GetByteCount(request.Topic);
        if (bytes == 0 || bytes > options.MqttProfile.TopicBytesMax || request.Topic.AsSpan().Count('/') > options.MqttProfile.SlashesMax)
            return Errors.InvalidRequest($"topic must have 1 to {options.MqttProfile.TopicBytesMax} bytes of UTF-8 and at most {options.MqttProfile.SlashesMax} slashes; this one has {bytes} bytes.");
        if (request.Topic.AsSpan().IndexOfAny("+#\0") >= 0)
            return Errors.InvalidRequest("topic names one topic: it must not hold the wildcards + and # nor a NUL character.");
        if (request.Payload?.Length > options.MqttProfile.PayloadBytesMax)
            return Errors.InvalidRequest($"payload must have at most {options.MqttProfile.PayloadBytesMax} bytes; this one has {request.Payload.Length}.");
        if (request.CorrelationData is { } data && !IsBase64(data))
            return Errors.InvalidRequest("x-amz-mqtt5-correlation-data must be base64.");
        return topics.Find(request.Topic).Kind switch
        {
            TopicKind.Illegal => Errors.InvalidRequest($"{request.Topic} is reserved and answers no request. Publish on a topic that does not begin with $."),
            TopicKind.Request or TopicKind.Unmapped when request.Retain is true =>
                Errors.InvalidRequest("retain is not possible on reserved topics. Leave it out."),
            _ => null,
        };
    }

    private static async Task Ask(Broker broker, Caller caller, Request request, TopicRoute route, byte[] payload, CancellationToken ct) =>
        await route.Service!.Handle(
            new PublishedTopicRequest(broker, (QoS)(request.Qos ?? 0))
            {
                Caller = caller,
                Thing = route.Thing,
                Topic = request.Topic,
                Rest = route.Rest,
                Payload = payload,
            },
            ct);

    private static Result<Properties?> PropertiesOf(Request request, List<UserProperty>? own) =>
        own is null && request is { PayloadFormatIndicator: null, ContentType: null, ResponseTopic: null, CorrelationData: null, MessageExpiry: null } ? (Properties?)null : new Properties
        {
            UserProperties = own,
            PayloadFormat = request.PayloadFormatIndicator == "UTF8_DATA" ? (byte)1 : null,
            ContentType = request.ContentType,
            ResponseTopic = request.ResponseTopic,
            CorrelationData = request.CorrelationData is { } data ? Convert.FromBase64String(data) : null,
            MessageExpirySeconds = request.MessageExpiry is { } seconds ? (uint)Math.Clamp(seconds, 0, uint.MaxValue) : null,
        };

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out _);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Published on {Topic} for {Principal}: {Bytes} bytes")]
    private partial void LogPublished(string topic, string principal, int bytes);
}
