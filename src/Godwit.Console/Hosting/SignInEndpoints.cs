using Godwit.Core;
using Godwit.Pages.Shared;
using Godwit.Server;
using Godwit.Server.Access.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Pages.Hosting;

/// <summary>Where the forms of signing in and out go. Each success makes a new session, so one that was planted before is worth nothing.</summary>
internal static class SignInEndpoints
{
    public static readonly FormOptions FormLimits = new() { BufferBody = false, ValueCountLimit = 16, ValueLengthLimit = 4096, KeyLengthLimit = 64, MultipartBodyLengthLimit = 16 * 1024 };

    public static async Task SignIn(HttpContext context, SignIns signIns, ServerOptions options)
    {
        var form = await context.Request.ReadFormAsync(FormLimits, context.RequestAborted);
        var result = await signIns.SignIn(options.DefaultAccount, form["name"].ToString(), form["password"].ToString(), Address(context), context.RequestAborted);
        Finish(context, result, Next(form["next"].ToString()), $"{ConsoleAddOn.Root}/sign-in");
    }

    public static async Task Welcome(HttpContext context, FirstVisit first)
    {
        var form = await context.Request.ReadFormAsync(FormLimits, context.RequestAborted);
        var result = form["password"] != form["again"]
            ? Errors.InvalidRequest("The two passwords differ.")
            : await first.Take(form["token"].ToString(), form["name"].ToString(), form["password"].ToString(), Address(context), context.RequestAborted);
        Finish(context, result, ConsoleAddOn.Root, $"{ConsoleAddOn.Root}/welcome");
    }

    public static async Task SignOut(HttpContext context, SignIns signIns, Visit visit)
    {
        if (visit.User is { } user)
            await signIns.SignOut(user, context.RequestAborted);
        SessionCookie.End(context);
        See(context, $"{ConsoleAddOn.Root}/sign-in");
    }

    /// <summary>Only pages of our own: a link must not lead people from the sign-in to somewhere else.</summary>
    internal static string Next(string asked) =>
        asked.StartsWith(ConsoleAddOn.Root + "/", StringComparison.Ordinal) && !asked.Contains("//", StringComparison.Ordinal)
        && !asked.Contains('\\') && !asked.Any(char.IsControl) && !asked.Contains("..", StringComparison.Ordinal)
            ? asked
            : ConsoleAddOn.Root;

    internal static void Finish(HttpContext context, Result<string> session, string next, string again)
    {
        if (session.IsOk)
        {
            SessionCookie.Write(context, session.Value);
            See(context, next);
            return;
        }
        SessionCookie.Say(context, session.Error.Message);
        See(context, next == ConsoleAddOn.Root ? again : $"{again}?next={Uri.EscapeDataString(next)}");
    }

    private static void See(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }

    internal static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";
}
