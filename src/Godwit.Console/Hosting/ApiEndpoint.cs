using Godwit.Pages.Shared;
using Godwit.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Pages.Hosting;

/// <summary>
/// What scripts of the pages call: <c>/console/api/SERVICE/PATH</c> is the same request as a signed one to PATH of that service, for the person who is signed in.
/// </summary>
internal static class ApiEndpoint
{
    public static async Task Call(HttpContext context, string service, Visit visit, InnerCalls calls)
    {
        var (path, query) = Target(context, service);
        if (service == "s3")
        {
            if (await calls.CallS3(visit.User!, context, path, query) is { } refused)
                await Write(context, refused.Status, refused.Code, refused.Message);
            return;
        }
        if (context.Request.ContentLength > RestJsonDoor.BodyBytesMax)
        {
            await Write(context, 413, "RequestEntityTooLargeException", $"The request body may hold at most {RestJsonDoor.BodyBytesMax} bytes. Send less.");
            return;
        }
        var body = await Body(context);
        var answer = await calls.Call(visit.User!, service, context.Request.Method, query.Length > 0 ? $"{path}?{query}" : path, body, context.RequestAborted);
        if (answer.Error is { } error)
        {
            await Write(context, error.Status, error.Code, error.Message);
            return;
        }
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    /// <summary>As on the wire: what is percent-encoded must reach the doors so.</summary>
    private static (string Path, string Query) Target(HttpContext context, string service)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var question = raw.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? raw : raw[..question];
        var start = $"{ConsoleAddOn.Root}/api/{service}";
        return (path.Length > start.Length ? path[start.Length..] : "/", question < 0 ? "" : raw[(question + 1)..]);
    }

    private static async Task<byte[]> Body(HttpContext context)
    {
        using var buffer = new MemoryStream();
        var rented = new byte[16 * 1024];
        int count;
        // One byte more than may be: the door says that it is too long.
        while (buffer.Length <= RestJsonDoor.BodyBytesMax && (count = await context.Request.Body.ReadAsync(rented, context.RequestAborted)) > 0)
            buffer.Write(rented, 0, count);
        return buffer.ToArray();
    }

    private static Task Write(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { code, message }, context.RequestAborted);
    }
}
