using System.Diagnostics;
using System.Security.Cryptography;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Http.S3;
using Godwit.Server.Metrics;
using Godwit.Server.Iam;
using Godwit.Server.Objects.S3;
using Godwit.Server.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Http;

/// <summary>
/// The front door of every AWS API on one port. Requests that carry a signature go to the service of its scope, all others to our own pages.
/// The request path, in order: request id; own pages; the signature as far as it goes without the body; the body, bounded; the rest of the
/// signature; the service. Refusals are written in one place, and bugs are caught in one place.
/// </summary>
public sealed partial class AwsGateway(
    SigV4Authenticator authenticator, RestJsonDoor restJson, JsonTargetDoor jsonTarget, S3Gate s3, S3Pages s3Pages, StsDoor sts, IamDoor iam, GodwitDoor godwit, AccessControl access, OwnPages pages, MetricsPage metricsPage, RequestMetrics metrics,
    IRandomSource random, TimeProvider time, ILogger<AwsGateway> log)
{
    private readonly ILogger<AwsGateway> _log = log;

    /// <summary>A request on the API port.</summary>
    /// <param name="next">What else the host serves at this path to requests without a signature; null where there is nothing.</param>
    public Task Serve(HttpContext context, RequestDelegate? next) => Run(context, exchange => Answer(exchange, next));

    /// <summary>
    /// A request to a data plane (iot-jobs-data, iot-data) from a device that its certificate has authenticated.
    /// <paramref name="allow"/> sees operation and labels before anything is done; its refusal is the answer.
    /// </summary>
    public Task ServeDevice(HttpContext context, Caller device, Func<DeviceCall, ServiceError?> allow) =>
        Run(context, exchange => AnswerDevice(exchange, device, allow));

    /// <summary>The answer to a device that could not be authenticated: nothing of its request is read.</summary>
    public Task RefuseDevice(HttpContext context, ServiceError error) => Run(context, exchange =>
    {
        NameRequest(exchange, service: "");
        return ErrorWriter.Write(exchange, ServiceCatalog.DevicePlanes[0].Name, error);
    });

    private async Task Answer(Exchange exchange, RequestDelegate? next)
    {
        var request = exchange.Request;
        if (!SigV4Claim.IsAttempted(request))
        {
            await AnswerUnsigned(exchange, next);
            return;
        }

        var claimedService = ClaimedService.Of(request);
        NameRequest(exchange, claimedService);
        if (!request.RawPath.StartsWith('/'))
        {
            await ErrorWriter.Write(exchange, claimedService, new ServiceError("InvalidRequestException", 400, "The request's target must be a path."));
            return;
        }

        var signed = authenticator.BeforeBody(request);
        var refused = signed.IsOk ? await AnswerSigned(exchange, signed.Value) : signed.Error;
        if (refused is not null)
            await ErrorWriter.Write(exchange, claimedService, refused);
    }

    private async Task<ServiceError?> AnswerSigned(Exchange exchange, Signed signed)
    {
        var service = signed.Claim.Scope.Service;
        if (service == "s3")
        {
            exchange.Account = signed.Caller.Account;
            return await s3.Serve(exchange, signed);
        }

        if (await exchange.ReadBody(RestJsonDoor.BodyBytesMax) is not { } body)
            return TooLarge;
        if (authenticator.AfterBody(signed, body.Length == 0 ? SigV4Payload.EmptyHash : Convert.ToHexStringLower(SHA256.HashData(body))) is { } refused)
            return refused;
        exchange.Account = signed.Caller.Account;
        var rights = ApiRights.For(access, exchange, signed);
        return service switch
        {
            "sts" => await sts.Serve(exchange, signed, body),
            "iam" => await iam.Serve(exchange, signed, body),
            _ when GodwitDoor.Serves(exchange.Request.RawPath, service) => RefuseGodwit(rights, signed.Caller, IsRead(exchange), exchange.Request.RawPath["/godwit/".Length..])
                ?? await godwit.Serve(exchange, signed.Caller, body, () => RefuseGodwit(rights, signed.Caller, isRead: true, GodwitHealthDoor.Detail) is null),
            "acm" => await jsonTarget.Serve(exchange, ServiceCatalog.Acm, signed.Caller, body, rights),
            _ when ServiceCatalog.Find(service) is { } json => await restJson.Serve(exchange, json, signed.Caller, body, allow: null, rights),
            _ => new ServiceError("InvalidSignatureException", 403, "Credential should be scoped to correct service."),
        };
    }

    /// <summary>Godwit's own API has two actions for policies: reading and writing, on the path.</summary>
    private static ServiceError? RefuseGodwit(ApiRights? rights, Caller caller, bool isRead, string path) =>
        rights?.Refuse("iot", isRead ? "godwit:Read" : "godwit:Write", $"arn:aws:godwit:{caller.Region}:{caller.Account}:{path}");

    private static bool IsRead(Exchange exchange) => HttpMethods.IsGet(exchange.Request.Method) || HttpMethods.IsHead(exchange.Request.Method);

    private async Task AnswerUnsigned(Exchange exchange, RequestDelegate? next)
    {
        NameRequest(exchange, service: "");
        var isRead = IsRead(exchange);
        if (isRead && pages.TryFind(exchange.Request.RawPath, out var page))
        {
            var made = page();
            exchange.Operation = "page";
            exchange.Context.Response.Headers.XContentTypeOptions = "nosniff";
            await exchange.Send(made.Status, made.ContentType, made.Body);
        }
        else if (isRead && metricsPage.Serves(exchange.Context, exchange.Request.RawPath))
        {
            exchange.Operation = "page";
            await metricsPage.Write(exchange);
        }
        else if (next is not null)
        {
            exchange.Operation = "page";
            await next(exchange.Context);
        }
        else if (S3Pages.Serves(exchange.Request))
        {
            NameRequest(exchange, "s3");
            if (await s3Pages.Serve(exchange) is { } refusal)
                await ErrorWriter.Write(exchange, "s3", refusal);
        }
        else if (s3.ServesAnonymous(exchange))
        {
            NameRequest(exchange, "s3");
            if (await s3.ServeAnonymous(exchange) is { } refusal)
                await ErrorWriter.Write(exchange, "s3", refusal);
        }
        else if (await StsDoor.RefuseUnsigned(exchange) is { } refused)
        {
            await ErrorWriter.Write(exchange, "sts", refused);
        }
        else
        {
            await ErrorWriter.Write(exchange, "", SigV4Errors.Missing(""));
        }
    }

    private async Task AnswerDevice(Exchange exchange, Caller device, Func<DeviceCall, ServiceError?> allow)
    {
        NameRequest(exchange, service: "");
        exchange.Account = device.Account;
        var service = ServiceCatalog.DevicePlanes.FirstOrDefault(plane => plane.Match(exchange.Request.Method, exchange.Request.RawPath) is not null)
            ?? ServiceCatalog.DevicePlanes[0];
        var refused = await exchange.ReadBody(RestJsonDoor.BodyBytesMax) is { } body
            ? await restJson.Serve(exchange, service, device, body, allow)
            : TooLarge;
        if (refused is not null)
            await ErrorWriter.Write(exchange, service.Name, refused);
    }

    private static ServiceError TooLarge =>
        new("RequestEntityTooLargeException", 413, $"The request body may hold at most {RestJsonDoor.BodyBytesMax} bytes. Send less.");

    private static void NameRequest(Exchange exchange, string service)
    {
        var headers = exchange.Context.Response.Headers;
        if (service == "s3")
        {
            headers["x-amz-request-id"] = exchange.RequestId;
            headers["x-amz-id-2"] = exchange.RequestId;
        }
        else
        {
            headers["x-amzn-RequestId"] = exchange.RequestId;
        }
    }

    private async Task Run(HttpContext context, Func<Exchange, Task> answer)
    {
        var started = time.GetTimestamp();
        var exchange = new Exchange(context, random.NewUuid());
        using var trace = Telemetry.Source.HasListeners() ? StartTrace(context) : null;
        if (context.Request.Headers.Expect.Count > 0)
            context.Response.OnStarting(CloseWhereNoContinueCame, context);
        try
        {
            await answer(exchange);
        }
        catch (Exception failure)
        {
            await AnswerFailure(exchange, failure);
        }

        var duration = time.GetElapsedTime(started);
        var status = context.Response.StatusCode;
        metrics.Done(exchange.Operation, status, duration);
        if (trace is not null)
            EndTrace(trace, exchange, status);
        LogRequest(
            exchange.Request.Method, exchange.Request.RawPath, status, exchange.Refusal ?? "", exchange.Operation, exchange.Account,
            duration.TotalMilliseconds, exchange.RequestId);
    }

    private static Activity? StartTrace(HttpContext context)
    {
        var parent = ActivityContext.TryParse(context.Request.Headers.TraceParent, context.Request.Headers.TraceState, isRemote: true, out var given) ? given : default;
        return Telemetry.Source.StartActivity("request", ActivityKind.Server, parent);
    }

    /// <summary>Names are the models', never a client's.</summary>
    private static void EndTrace(Activity trace, Exchange exchange, int status)
    {
        trace.DisplayName = exchange.Operation;
        trace.SetTag("rpc.method", exchange.Operation).SetTag("http.response.status_code", status).SetTag("aws.request_id", exchange.RequestId).SetTag("godwit.account", exchange.Account);
        if (exchange.Refusal is { } refusal)
            trace.SetTag("error.type", refusal).SetStatus(status >= 500 ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
    }

    /// <summary>
    /// A client that waits for 100 Continue and gets its answer instead (refused before the body was asked for, or no body to ask for)
    /// need not send the body. Neither Kestrel nor botocore before 1.38 can go on with such a connection: the one takes the next request
    /// for the body, the other this answer's status for that of the next. AWS closes it too.
    /// </summary>
    private static Task CloseWhereNoContinueCame(object state)
    {
        var context = (HttpContext)state;
        if (context.Response.StatusCode >= 300 || context.Request.ContentLength is null or 0)
            context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    private async Task AnswerFailure(Exchange exchange, Exception failure)
    {
        if (exchange.Aborted.IsCancellationRequested || failure is ConnectionResetException)
        {
            exchange.Refusal = "ClientGone";
            return;
        }

        var service = ClaimedService.Of(exchange.Request);
        var error = ErrorOf(failure, service);
        if (failure is StorageException)
            LogStorage(failure, exchange.RequestId, exchange.Operation);
        else if (error.Status >= 500)
            LogBug(failure, exchange.RequestId, exchange.Operation);
        if (exchange.Context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            exchange.Refusal = error.Code;
            exchange.Context.Abort();
            return;
        }

        exchange.Context.Response.Clear();
        NameRequest(exchange, service);
        await ErrorWriter.Write(exchange, service, error);
    }

    private static ServiceError ErrorOf(Exception failure, string service) => failure switch
    {
        S3BodyException broken => broken.Error,
        // S3 has a name for a body that comes too slowly, and a status of its own for it.
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } when service == "s3" =>
            new("RequestTimeout", 400, "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."),
        BadHttpRequestException bad when service == "s3" => new("IncompleteBody", bad.StatusCode, "The request body could not be read."),
        BadHttpRequestException bad => new("InvalidRequestException", bad.StatusCode, "The request body could not be read."),
        // How Kestrel says that a chunk's size has more digits than a number.
        IOException { InnerException: OverflowException } when service == "s3" => new("IncompleteBody", 400, "The request body could not be read."),
        IOException { InnerException: OverflowException } => new("InvalidRequestException", 400, "The request body could not be read."),
        StorageException when service == "s3" => new("ServiceUnavailable", 503, "Reduce your request rate."),
        StorageException => Errors.ServiceUnavailable("The service could not store or read its data. Send the request again."),
        _ when service == "s3" => new("InternalError", 500, "We encountered an internal error. Please try again."),
        _ when service == "signer" => new("InternalServiceErrorException", 500, "An internal error occurred."),
        _ when service == "acm" => new("InternalFailure", 500, "An internal error occurred."),
        _ => Errors.InternalFailure("An internal error occurred."),
    };
}
