using System.Buffers;
using System.Collections.Concurrent;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>The services that speak restJson1: finds the operation, binds the request by the model, calls the slice, writes the answer.</summary>
public sealed class RestJsonDoor(ServedOperations served, IServiceProvider services)
{
    /// <summary>Job documents may hold 32 KiB and certificates 64 KiB; nothing here needs more.</summary>
    public const int BodyBytesMax = 1024 * 1024;

    private readonly ConcurrentDictionary<OperationModel, OperationEndpoint> _endpoints = new();

    /// <summary>The refusal to write, or null once the answer is written.</summary>
    /// <param name="allow">The last word on a device's call whose operation and labels are known; null for an API user.</param>
    /// <param name="rights">What an API user may do; null for one who may do everything.</param>
    internal async Task<ServiceError?> Serve(Exchange exchange, JsonService service, Caller caller, byte[] body, Func<DeviceCall, ServiceError?>? allow, ApiRights? rights = null)
    {
        var request = exchange.Request;
        if (service.Match(request.Method, request.RawPath) is not var (operation, labels))
            return UnknownOperation(service, request);
        exchange.Operation = $"{service.Name}.{operation.Name}";
        if (allow?.Invoke(new DeviceCall(service.Name, operation.Name, labels)) is { } forbidden)
            return forbidden;
        if (rights?.RefuseCall(operation, labels) is { } denied)
            return denied;
        if (!served.All.TryGetValue((service.Name, operation.Name), out var offered))
            return RefusedOperations.Of(operation);
        if (PercentText.Query(request.RawQuery) is not { } query)
            return new ServiceError(SerializationErrors.Exception, 400, "The query string is not percent-encoded UTF-8.");

        var bound = new ArrayBufferWriter<byte>(Math.Max(256, body.Length + 256));
        if (RequestBinder.Bind(operation, new HttpParts(labels, query, request.Header, body), bound) is { } invalid)
            return invalid;
        if (rights?.RefuseContent(operation, labels, bound.WrittenMemory) is { } deniedContent)
            return deniedContent;
        var endpoint = _endpoints.GetOrAdd(operation, model => OperationEndpoint.Make(services, offered, model, WireJson.Options));
        var answer = new ArrayBufferWriter<byte>(1024);
        if (await endpoint.Call(caller, bound.WrittenMemory, answer, exchange.Aborted) is { } refused)
            return refused;
        await exchange.Send(200, "application/json", answer.WrittenMemory);
        return null;
    }

    private static ServiceError UnknownOperation(JsonService service, SigV4Request request) => new(
        "UnknownOperationException", 404,
        $"The service '{service.Name}' has no operation at {request.Method} {(request.RawPath.Length > 200 ? request.RawPath[..200] : request.RawPath)}. docs/compatibility.md lists those that it has.");
}

/// <summary>A call that a device makes over HTTPS with its certificate, before it is allowed.</summary>
/// <param name="Service"><c>iot-jobs-data</c> or <c>iot-data</c>.</param>
/// <param name="Labels">Members of the URI, for example <c>thingName</c> and <c>jobId</c>.</param>
public sealed record DeviceCall(string Service, string Operation, IReadOnlyDictionary<string, string> Labels);
