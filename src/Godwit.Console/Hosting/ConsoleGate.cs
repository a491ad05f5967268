using Godwit.Pages.Shared;
using Godwit.Server.Access.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Pages.Hosting;

/// <summary>
/// What every request to the console passes, in order: headers that bind the browser; whose session it is; for whatever changes something, that it comes from
/// our own pages; and that someone is signed in, but for the pages where one signs in.
/// </summary>
public sealed class ConsoleGate(SignIns signIns)
{
    /// <summary>Nothing inline, nothing from elsewhere, nothing evaluated, no frames.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public async Task Pass(HttpContext context, RequestDelegate next)
    {
        WriteHeaders(context);
        var path = context.Request.Path.Value!;
        if (IsAsset(path))
        {
            await next(context);
            return;
        }
        var visit = context.RequestServices.GetRequiredService<Visit>();
        visit.Begin(context, SessionCookie.Read(context) is { } token ? await signIns.Find(token, context.RequestAborted) : null);
        if (!IsRead(context.Request.Method) && !(IsFromHere(context) && await HasToken(context, visit)))
            await Refuse(context, StatusCodes.Status403Forbidden, "This request did not come from the console's own pages. Load the page again and repeat what you did.");
        else if (visit.User is null && !IsOpen(path))
            await AskToSignIn(context, path);
        else
            await next(context);
    }

    private static bool IsAsset(string path) => path.StartsWith(ConsoleAddOn.Root + "/assets/", StringComparison.Ordinal);

    private static bool IsOpen(string path) => path is ConsoleAddOn.Root + "/sign-in" or ConsoleAddOn.Root + "/welcome" or ConsoleAddOn.Root + "/session" or ConsoleAddOn.Root + "/session/first"
        or OidcSignIn.Begin or OidcSignIn.Back;

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    private static void WriteHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers.CacheControl = "no-store";
        if (SessionCookie.IsSecure(context))
            headers.StrictTransportSecurity = "max-age=31536000";
    }

    /// <summary>Browsers say where a request comes from; the newer header counts before the older.</summary>
    private static bool IsFromHere(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site)
            return site == "same-origin";
        return headers.Origin.ToString() is not { Length: > 0 } origin
            || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority.Equals(context.Request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<bool> HasToken(HttpContext context, Visit visit)
    {
        var given = context.Request.Headers["X-CSRF-Token"].ToString();
        if (given.Length == 0 && context.Request.HasFormContentType)
            given = (await context.Request.ReadFormAsync(SignInEndpoints.FormLimits, context.RequestAborted))["csrf"].ToString();
        return visit.IsToken(given);
    }

    private static Task AskToSignIn(HttpContext context, string path)
    {
        if (path.StartsWith(ConsoleAddOn.Root + "/api/", StringComparison.Ordinal) || path == ConsoleAddOn.Root + "/live" || !IsRead(context.Request.Method))
            return Refuse(context, StatusCodes.Status401Unauthorized, "You are signed out. Sign in again.");
        var next = path == ConsoleAddOn.Root ? "" : "?next=" + Uri.EscapeDataString(path + context.Request.QueryString.Value);
        context.Response.Redirect(ConsoleAddOn.Root + "/sign-in" + next);
        return Task.CompletedTask;
    }

    private static Task Refuse(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new Refusal(message), context.RequestAborted);
    }

    private sealed record Refusal(string Message);
}
