using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Http.Binding;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Http;

/// <summary>A served operation between its two bodies: bound JSON in, JSON out. Made once; a call is one virtual call and no reflection.</summary>
internal abstract class OperationEndpoint
{
    /// <summary>Null once the answer is in <paramref name="answer"/>, which may stay empty; else the refusal.</summary>
    public abstract Task<ServiceError?> Call(Caller caller, ReadOnlyMemory<byte> request, IBufferWriter<byte> answer, CancellationToken ct);

    /// <param name="wire">How the service's members are written.</param>
    public static OperationEndpoint Make(IServiceProvider services, ServedOperation served, OperationModel model, JsonSerializerOptions wire)
    {
        var operation = services.GetRequiredService(served.Operation);
        var type = typeof(OperationEndpoint<,>).MakeGenericType(served.Request, served.Response);
        return (OperationEndpoint)Activator.CreateInstance(type, operation, model.Output is not null, wire)!;
    }
}

/// <inheritdoc/>
internal sealed class OperationEndpoint<TRequest, TResponse>(IOperation<TRequest, TResponse> operation, bool hasOutput, JsonSerializerOptions wire) : OperationEndpoint
{
    private readonly JsonTypeInfo<TRequest> _request = (JsonTypeInfo<TRequest>)wire.GetTypeInfo(typeof(TRequest));
    private readonly JsonTypeInfo<TResponse> _response = (JsonTypeInfo<TResponse>)wire.GetTypeInfo(typeof(TResponse));

    public override async Task<ServiceError?> Call(Caller caller, ReadOnlyMemory<byte> request, IBufferWriter<byte> answer, CancellationToken ct)
    {
        var read = JsonSerializer.Deserialize(request.Span, _request)
            ?? throw new InvalidOperationException($"A bound request to {operation.GetType().Name} read as null.");
        var result = await operation.Handle(caller, read, ct);
        if (!result.IsOk)
            return result.Error;
        // An operation without output answers an empty body, one whose output has no members an empty object.
        if (hasOutput)
        {
            using var writer = new Utf8JsonWriter(answer, new JsonWriterOptions { Encoder = wire.Encoder, SkipValidation = true });
            JsonSerializer.Serialize(writer, result.Value, _response);
        }

        return null;
    }
}
