using System.Text.Json;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access.Users;
using Godwit.Server.Http.S3;
using Godwit.Server.Iam;
using Godwit.Server.Objects.S3;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Http;

/// <summary>
/// Calls of people who are signed in instead of signing: the same doors, bound by the same models, to the same operations as a signed request with the same
/// method, path and body, and before them the table of roles. Nothing can be done here that the signed API cannot do.
/// </summary>
public sealed partial class InnerCalls(
    RestJsonDoor restJson, GodwitDoor godwit, IServiceProvider services, ServerOptions options, IRandomSource random, ILogger<InnerCalls> log)
{
    private readonly ILogger<InnerCalls> _log = log;

    /// <summary>Calls a service that speaks JSON: <c>iot</c>, <c>iot-jobs-data</c>, <c>iotdata</c>, <c>signer</c> or <c>godwit</c>.</summary>
    /// <param name="target">Path and query, percent-encoded as on the wire.</param>
    /// <param name="principal">What AttachThingPrincipal and its kin take in a header.</param>
    public async Task<InnerAnswer> Call(
        SignedIn who, string service, string method, string target, ReadOnlyMemory<byte> body, CancellationToken ct, string? principal = null)
    {
        var exchange = Make(method, target, principal, ct);
        var answer = new MemoryStream();
        exchange.Context.Response.Body = answer;
        ServiceError? refused;
        try
        {
            refused = body.Length > RestJsonDoor.BodyBytesMax
                ? new ServiceError("RequestEntityTooLargeException", 413, $"The request body may hold at most {RestJsonDoor.BodyBytesMax} bytes. Send less.")
                : await Dispatch(exchange, who, service, body);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            LogBug(failure, exchange.RequestId, exchange.Operation);
            refused = failure is Storage.StorageException
                ? Errors.ServiceUnavailable("The service could not store or read its data. Try again.")
                : Errors.InternalFailure("An internal error occurred.");
        }
        LogCall(who.UserName, method, exchange.Request.RawPath, exchange.Operation, refused?.Code ?? "");
        return new InnerAnswer(refused?.Status ?? exchange.Context.Response.StatusCode, answer.ToArray(), refused);
    }

    /// <summary>Calls S3; the bytes pass through. Answers the refusal, or null once the response is written.</summary>
    public async Task<ServiceError?> CallS3(SignedIn who, HttpContext context, string rawPath, string rawQuery)
    {
        if (Refuse(who, "s3." + context.Request.Method) is { } forbidden)
            return forbidden;
        if (services.GetService(typeof(IS3Door)) is not IS3Door door || S3Address.Parse(rawPath, "", []) is not { } address || PercentText.Query(rawQuery) is not { } query)
            return new ServiceError("InvalidURI", 400, "Couldn't parse the specified URI: it is not percent-encoded UTF-8.");
        if (address.Key.Contains('\0') || query.Any(pair => pair.Value.Contains('\0')))
            return new ServiceError("InvalidURI", 400, "Couldn't parse the specified URI: it holds U+0000, which cannot be kept.");
        var request = new S3Request
        {
            Caller = CallerOf(who),
            RequestId = random.NewUuid(),
            Method = context.Request.Method,
            Bucket = address.Bucket,
            Key = address.Key,
            RawPath = rawPath,
            Query = query,
            // What a browser adds of its own is no part of the object.
            Headers = [.. context.Request.Headers.Where(header => header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)
                || header.Key.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)).Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()))],
            Body = context.Request.Body,
            ContentBytes = context.Request.ContentLength ?? 0,
            Trailers = new Dictionary<string, string>(),
            IsPresigned = false,
        };
        return await door.Handle(request, new HttpS3Response(context.Response), context.RequestAborted);
    }

    /// <summary>Calls IAM; every operation that changes something there wants an admin. Answers the elements of the Result, by their names.</summary>
    public async Task<Result<IReadOnlyDictionary<string, string>>> CallIam(SignedIn who, string action, IReadOnlyDictionary<string, string> parameters, CancellationToken ct)
    {
        if (Refuse(who, "iam." + action) is { } forbidden)
            return forbidden;
        if (services.GetService(typeof(IamOperations)) is not IamOperations iam || !iam.All.TryGetValue(action, out var operation))
            return new ServiceError("UnknownOperationException", 404, "There is no such operation.");
        var answer = await iam.Run(operation, new IamCall(CallerOf(who), new IamForm(parameters), null), ct);
        LogCall(who.UserName, "POST", "/", "iam." + action, answer.Error?.Code ?? "");
        return answer.Map<IReadOnlyDictionary<string, string>>(elements => elements.DescendantsAndSelf().Where(element => !element.HasElements)
            .GroupBy(element => element.Name.LocalName).ToDictionary(group => group.Key, group => group.First().Value));
    }

    /// <summary>Whether this person's role allows an operation, as <see cref="RoleTable"/> names it.</summary>
    public static bool Allows(SignedIn who, string operation) => who.Role >= RoleTable.Wanted(operation);

    private async Task<ServiceError?> Dispatch(Exchange exchange, SignedIn who, string service, ReadOnlyMemory<byte> body)
    {
        if (service == "godwit")
        {
            return !GodwitDoor.Serves(exchange.Request.RawPath, service)
                ? new ServiceError("UnknownOperationException", 404, "Godwit's own operations lie under /godwit/.")
                : Refuse(who, RoleTable.OfGodwit(exchange.Request.Method, exchange.Request.RawPath)) ?? await godwit.Serve(exchange, CallerOf(who), body.ToArray(), () => Allows(who, RoleTable.HealthDetail));
        }
        return ServiceCatalog.Find(service) is { } json
            ? await restJson.Serve(exchange, json, CallerOf(who), body.ToArray(), call => Refuse(who, call.Operation))
            : new ServiceError("UnknownOperationException", 404, "There is no such service.");
    }

    private static ServiceError? Refuse(SignedIn who, string operation) => Allows(who, operation)
        ? null
        : Errors.AccessDenied($"{operation} needs the role {RoleTable.Wanted(operation).Wire()}, and {who.UserName} is {who.Role.Wire()}. Ask an admin.");

    private Caller CallerOf(SignedIn who) => new(who.Account, options.DefaultRegion, who.Arn, "");

    private Exchange Make(string method, string target, string? principal, CancellationToken ct)
    {
        var context = new DefaultHttpContext { RequestAborted = ct, RequestServices = services };
        context.Request.Method = method;
        if (principal is not null)
            context.Request.Headers["x-amzn-principal"] = principal;
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        return new Exchange(context, random.NewUuid());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "console {User} {Method} {Path} {Operation} {Refusal}")]
    private partial void LogCall(string user, string method, string path, string operation, string refusal);

    [LoggerMessage(Level = LogLevel.Error, Message = "request {RequestId} to {Operation} failed")]
    private partial void LogBug(Exception failure, string requestId, string operation);
}

/// <summary>What an operation answered: a body in JSON, or the refusal.</summary>
public sealed record InnerAnswer(int Status, byte[] Body, ServiceError? Error)
{
    /// <summary>The answer as an operation's own record.</summary>
    public Result<T> Read<T>() => Error is { } refused ? refused
        : JsonSerializer.Deserialize<T>(Body.Length == 0 ? "{}"u8 : Body, WireJson.Options) is { } value ? value
        : throw new InvalidOperationException($"An answer read as null where {typeof(T).Name} was expected.");
}
