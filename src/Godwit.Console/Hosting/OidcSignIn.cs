using System.Security.Claims;
using System.Text.Encodings.Web;
using Godwit.Core;
using Godwit.Server;
using Godwit.Server.Access.Users;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Godwit.Pages.Hosting;

/// <summary>
/// Signing in by a provider: authorization code with PKCE, state and nonce, discovery and signatures, by ASP.NET Core's own handler, which is asked on two addresses only.
/// What comes of it is a session as after a password.
/// </summary>
public sealed partial class OidcSignIn(
    IOptionsMonitor<OpenIdConnectOptions> settings, ILoggerFactory loggers, ProviderSignIns signIns, SignInThrottle throttle, FirstVisit first, ServerOptions options)
{
    public const string Begin = ConsoleAddOn.Root + "/oidc";
    public const string Back = Begin + "/back";

    private const string Scheme = "oidc";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ILogger<OidcSignIn> _log = loggers.CreateLogger<OidcSignIn>();

    /// <summary>Unknown algorithms, and those whose key is the client's secret, are not taken.</summary>
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>Where people sign in by the provider; null where there is none.</summary>
    public string? Name => options.Oidc?.Name;

    internal static void Add(IServiceCollection services)
    {
        // Without AddAuthentication, which would put a middleware before every request, of devices and of signed callers too.
        services.AddSingleton<IPostConfigureOptions<OpenIdConnectOptions>, OpenIdConnectPostConfigureOptions>();
        services.AddOptions<OpenIdConnectOptions>(Scheme).Configure<ServerOptions, TimeProvider>(Configure);
        services.AddScoped<OidcSignIn>();
    }

    /// <summary>To the provider.</summary>
    internal async Task Start(HttpContext context, string? next)
    {
        TellScheme(context);
        try
        {
            await (await Handler(context)).ChallengeAsync(new AuthenticationProperties { RedirectUri = SignInEndpoints.Next(next ?? "") });
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or HttpRequestException or OidcSecretException && !context.Response.HasStarted)
        {
            LogFailure(failure, options.Oidc!.Authority);
            await Say(context, OidcFailures.OfStart(failure, options.Oidc.Authority));
        }
    }

    /// <summary>Back from the provider, with a code or an error.</summary>
    internal async Task Return(HttpContext context)
    {
        TellScheme(context);
        // Each code that comes is asked about at the provider: not for whoever makes them up.
        if (throttle.Try("oidc from " + SignInEndpoints.Address(context), SignInEndpoints.Address(context)) is { } early)
        {
            await Say(context, early.Message);
            return;
        }
        await (await Handler(context)).HandleRequestAsync();
    }

    private async Task<OpenIdConnectHandler> Handler(HttpContext context)
    {
        var handler = new OpenIdConnectHandler(settings, loggers, HtmlEncoder.Default, UrlEncoder.Default);
        await handler.InitializeAsync(new AuthenticationScheme(Scheme, null, typeof(OpenIdConnectHandler)), context);
        return handler;
    }

    private static void Configure(OpenIdConnectOptions to, ServerOptions server, TimeProvider time)
    {
        to.TimeProvider = time;
        if (server.Oidc is not { } oidc)
            return;
        (to.Authority, to.ClientId, to.ClientSecret) = (oidc.Authority, oidc.ClientId, Secret(oidc));
        to.RequireHttpsMetadata = !new Uri(oidc.Authority).IsLoopback;
        (to.ResponseType, to.ResponseMode, to.UsePkce) = (OpenIdConnectResponseType.Code, OpenIdConnectResponseMode.Query, true);
        to.CallbackPath = Back;
        to.Scope.Clear();
        foreach (var scope in oidc.Scopes.Prepend("openid").Distinct())
            to.Scope.Add(scope);
        (to.MapInboundClaims, to.SaveTokens, to.DisableTelemetry, to.GetClaimsFromUserInfoEndpoint) = (false, false, true, true);
        foreach (var claim in new[] { oidc.RoleClaim, oidc.UserClaim ?? "preferred_username", "email" }.Distinct().Where(claim => claim != "sub"))
            to.ClaimActions.MapJsonKey(claim, claim);
        to.TokenValidationParameters.ValidAlgorithms = Algorithms;
        to.BackchannelTimeout = Patience;
        // The way back is a plain navigation from elsewhere: lax cookies come along, and no others are needed.
        foreach (var cookie in new[] { to.CorrelationCookie, to.NonceCookie })
            (cookie.SameSite, cookie.HttpOnly, cookie.SecurePolicy) = (SameSiteMode.Lax, true, CookieSecurePolicy.SameAsRequest);
        to.Events.OnTokenValidated = DemandSignature;
        to.Events.OnTicketReceived = ticket => Of(ticket.HttpContext).Finish(ticket);
        to.Events.OnRemoteFailure = failure => Of(failure.HttpContext).Fail(failure);
    }

    /// <summary>The handler lets a token pass unsigned where it comes from the token endpoint itself; here TLS is not enough.</summary>
    private static Task DemandSignature(TokenValidatedContext context)
    {
        if (!Algorithms.Contains(context.SecurityToken.Header.Alg) || context.SecurityToken.RawSignature.Length == 0)
            context.Fail(new SecurityTokenInvalidSignatureException("The token is not signed."));
        return Task.CompletedTask;
    }

    private static OidcSignIn Of(HttpContext context) => context.RequestServices.GetRequiredService<OidcSignIn>();

    private static string? Secret(OidcSettings oidc)
    {
        try
        {
            return oidc.ClientSecretFile is { } file ? File.ReadAllText(file).Trim() : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new OidcSecretException(failure.Message);
        }
    }

    private async Task Finish(TicketReceivedContext ticket)
    {
        ticket.HandleResponse();
        var who = Read(ticket.Principal!);
        var session = who.IsOk ? await signIns.Open(who.Value, ticket.HttpContext.RequestAborted) : who.Error;
        if (session.IsOk)
            throttle.Succeeded("oidc from " + SignInEndpoints.Address(ticket.HttpContext), SignInEndpoints.Address(ticket.HttpContext));
        SignInEndpoints.Finish(ticket.HttpContext, session, SignInEndpoints.Next(ticket.ReturnUri ?? ""), await Page(ticket.HttpContext));
    }

    private async Task Fail(RemoteFailureContext context)
    {
        context.HandleResponse();
        LogFailure(context.Failure!, options.Oidc!.Authority);
        await Say(context.HttpContext, OidcFailures.OfReturn(context.Failure!, options.Oidc));
    }

    private Result<ProviderUser> Read(ClaimsPrincipal principal)
    {
        var oidc = options.Oidc!;
        var subject = principal.FindFirst("sub");
        var names = oidc.UserClaim is { } one ? [one] : new[] { "preferred_username", "email", "sub" };
        var name = names.Select(claim => principal.FindFirst(claim)?.Value).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        if (subject is null || name is null)
            return Errors.AccessDenied($"The provider did not say who you are: the claim {string.Join(" or ", names)} is missing. An admin can name another by --oidc-user-claim, or ask for more by --oidc-scope.");
        var values = principal.FindAll(oidc.RoleClaim).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal);
        return oidc.RoleOf(values) is { } role
            ? new ProviderUser(subject.Issuer, subject.Value, name, role)
            : Errors.AccessDenied($"{name} has no role here: {Told(oidc.RoleClaim, values)}. Ask for one that --oidc-role names ({string.Join(", ", oidc.Roles.Select(known => known.Value))}), or let an admin name yours.");
    }

    private static string Told(string claim, HashSet<string> values) =>
        values.Count == 0 ? $"the provider sent no claim {claim}" : $"the claim {claim} says {string.Join(", ", values.Take(10))}";

    /// <summary>Behind a proxy that ends TLS, the provider must be told the address that people see.</summary>
    private static void TellScheme(HttpContext context)
    {
        if (SessionCookie.IsSecure(context))
            context.Request.Scheme = "https";
    }

    private async Task Say(HttpContext context, string text)
    {
        SessionCookie.Say(context, text);
        context.Response.Redirect(await Page(context));
    }

    /// <summary>Where one signs in: before there is someone who can let others in, at the welcome.</summary>
    private async Task<string> Page(HttpContext context) => ConsoleAddOn.Root + (await first.Token(context.RequestAborted) is null ? "/sign-in" : "/welcome");

    [LoggerMessage(Level = LogLevel.Warning, Message = "sign-in by {Authority} failed")]
    private partial void LogFailure(Exception failure, string authority);
}

/// <summary>The client's secret cannot be read.</summary>
internal sealed class OidcSecretException(string message) : Exception(message);
