using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Godwit.Pages.Hosting;
using Godwit.Server;
using Godwit.Server.Access.Users;
using Godwit.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Godwit.Pages.Shared;

/// <summary>This request: who makes it, and the token that its forms must carry.</summary>
public sealed class Visit(IRandomSource random)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private string _secret = "";

    /// <summary>Null before signing in.</summary>
    public SignedIn? User { get; private set; }

    /// <summary>light, dark, or empty for what the system says.</summary>
    public string Theme { get; private set; } = "";

    /// <summary>A sentence left by the request before, to be shown once.</summary>
    public string? Said { get; private set; }

    /// <summary>The moment that the page is asked for, as it was given; null for now.</summary>
    public string? AsOf { get; private set; }

    /// <summary>The same as a time; null where it is none.</summary>
    public DateTimeOffset? Moment => DateTimeOffset.TryParse(AsOf, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    /// <summary>What forms and scripts send along: derived from a cookie that they cannot read, so no other site can know it.</summary>
    public string Token => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(_secret), "csrf"u8));

    /// <summary>A link to a page that can be seen as of a moment: it stays at the one that is looked at.</summary>
    public string Then(string href) => AsOf is null ? href : $"{href}{(href.Contains('?', StringComparison.Ordinal) ? '&' : '?')}asOf={Words.Url(AsOf)}";

    /// <summary>Whether this person's role allows an operation, as the table of roles names it.</summary>
    public bool May(string operation) => User is { } user && InnerCalls.Allows(user, operation);

    internal void Begin(HttpContext context, SignedIn? user)
    {
        User = user;
        AsOf = context.Request.Query["asOf"].ToString() is { Length: > 0 } asked ? asked : null;
        Theme = context.Request.Cookies["godwit-theme"] is "light" or "dark" ? context.Request.Cookies["godwit-theme"]! : "";
        if (user is not null)
        {
            _secret = user.Token;
        }
        else if (SessionCookie.ReadVisit(context) is { } known)
        {
            _secret = known;
        }
        else
        {
            _secret = random.NewText(43, Alphabet);
            if (HttpMethods.IsGet(context.Request.Method))
                SessionCookie.WriteVisit(context, _secret);
        }
        if (HttpMethods.IsGet(context.Request.Method) && !context.Request.Path.StartsWithSegments(ConsoleAddOn.Root + "/api"))
            Said = SessionCookie.Said(context);
    }

    internal bool IsToken(string given) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(Token));
}
