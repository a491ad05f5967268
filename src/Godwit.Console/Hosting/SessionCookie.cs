using Microsoft.AspNetCore.Http;

namespace Godwit.Pages.Hosting;

/// <summary>
/// The cookies: the session's, and before there is one, a visit's, to which the forms' tokens are bound. Scripts read neither. Over HTTPS both are locked to this
/// host. The port is in the name, since browsers share cookies between the ports of a host.
/// </summary>
internal static class SessionCookie
{
    public static bool IsSecure(HttpContext context) =>
        context.Request.IsHttps || context.Request.Headers["X-Forwarded-Proto"].ToString().Equals("https", StringComparison.OrdinalIgnoreCase);

    public static string? Read(HttpContext context) => Value(context, Name(context, "session"));

    public static string? ReadVisit(HttpContext context) => Value(context, Name(context, "visit"));

    public static void Write(HttpContext context, string token) => Append(context, "session", token, SameSiteMode.Lax);

    public static void WriteVisit(HttpContext context, string value) => Append(context, "visit", value, SameSiteMode.Strict);

    public static void End(HttpContext context) => context.Response.Cookies.Delete(Name(context, "session"), Options(context, SameSiteMode.Lax));

    /// <summary>A sentence for the next page, shown once; lax, since that page may follow on a way back from a provider.</summary>
    public static void Say(HttpContext context, string text) => Append(context, "say", Uri.EscapeDataString(text), SameSiteMode.Lax);

    public static string? Said(HttpContext context)
    {
        var name = Name(context, "say");
        if (context.Request.Cookies[name] is not { Length: > 0 and < 2000 } text)
            return null;
        context.Response.Cookies.Delete(name, Options(context, SameSiteMode.Lax));
        return Uri.UnescapeDataString(text);
    }

    private static string? Value(HttpContext context, string name) => context.Request.Cookies[name] is { Length: > 0 and <= 100 } value ? value : null;

    private static void Append(HttpContext context, string what, string value, SameSiteMode sameSite) =>
        context.Response.Cookies.Append(Name(context, what), value, Options(context, sameSite));

    private static string Name(HttpContext context, string what) => $"{(IsSecure(context) ? "__Host-" : "")}godwit-{what}-{context.Connection.LocalPort}";

    private static CookieOptions Options(HttpContext context, SameSiteMode sameSite) => new()
    {
        HttpOnly = true, SameSite = sameSite, Secure = IsSecure(context), Path = IsSecure(context) ? "/" : ConsoleAddOn.Root, IsEssential = true,
    };
}
