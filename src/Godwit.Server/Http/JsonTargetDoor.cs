using System.Buffers;
using System.Collections.Concurrent;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>
/// AWS JSON 1.1: every call is a POST to <c>/</c>, and <c>X-Amz-Target: CertificateManager.ImportCertificate</c> names the operation. Binding, constraints
/// and operations are those of the other services; names begin with capitals.
/// </summary>
public sealed class JsonTargetDoor(ServedOperations served, IServiceProvider services)
{
    public const string ContentType = "application/x-amz-json-1.1";

    private static readonly Dictionary<string, string> NoLabels = [];

    private readonly ConcurrentDictionary<OperationModel, OperationEndpoint> _endpoints = new();

    /// <summary>The refusal to write, or null once the answer is written.</summary>
    /// <param name="rights">What the caller may do; null for one who may do everything.</param>
    internal async Task<ServiceError?> Serve(Exchange exchange, JsonService service, Caller caller, byte[] body, ApiRights? rights)
    {
        var target = exchange.Request.Header("x-amz-target") ?? "";
        var name = target[(target.LastIndexOf('.') + 1)..];
        if (exchange.Request.Method != "POST" || name.Length == 0 || service.Operations.FirstOrDefault(model => model.Name == name) is not { } operation)
            return Unknown(service, name);
        exchange.Operation = $"{service.Name}.{operation.Name}";
        if (!served.All.TryGetValue((service.Name, operation.Name), out var offered))
            return RefusedOperations.Of(operation);

        var bound = new ArrayBufferWriter<byte>(Math.Max(256, body.Length + 256));
        if (RequestBinder.Bind(operation, new HttpParts(NoLabels, [], exchange.Request.Header, body), bound) is { } invalid)
            return invalid;
        if (rights?.RefuseContent(operation, NoLabels, bound.WrittenMemory) is { } denied)
            return denied;
        var endpoint = _endpoints.GetOrAdd(operation, model => OperationEndpoint.Make(services, offered, model, WireJson.Capitals));
        var answer = new ArrayBufferWriter<byte>(1024);
        if (await endpoint.Call(caller, bound.WrittenMemory, answer, exchange.Aborted) is { } refused)
            return refused;
        await exchange.Send(200, ContentType, answer.WrittenMemory);
        return null;
    }

    private static ServiceError Unknown(JsonService service, string name) => new(
        "UnknownOperationException", 400,
        name.Length == 0
            ? $"The service '{service.Name}' is called by POST / with the header X-Amz-Target."
            : $"The service '{service.Name}' has no operation {(name.Length > 64 ? name[..64] : name)} here; docs/compatibility.md lists the operations that it has.");
}
