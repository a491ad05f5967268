using Godwit.Pages.Access;
using Godwit.Pages.Fleet;
using Godwit.Pages.Layout;
using Godwit.Pages.Shared;
using Godwit.Server;
using Godwit.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Pages.Hosting;

/// <summary>How the service takes the console in: pages rendered here, on the API port, behind one gate.</summary>
public static class ConsoleAddOn
{
    public const string Root = "/console";

    public static ServerAddOn Create() => new(Serves, Add, Use);

    /// <summary>All below <see cref="Root"/>; of the root itself only what reads: a form sent there is an upload to a bucket of that name.</summary>
    private static bool Serves(HttpRequest request) =>
        request.Path.StartsWithSegments(Root, out var rest) && (rest.Value is { Length: > 1 } || HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method));

    private static void Add(IServiceCollection services)
    {
        services.AddRouting();
        services.AddRazorComponents();
        OidcSignIn.Add(services);
        ForgetKeyRing(services);
        services.AddSingleton<Assets>();
        services.AddSingleton<ConsoleGate>();
        services.AddSingleton<LiveFeed>();
        services.AddSingleton<PlannedCurves>();
        services.AddSingleton<EmulatedFleet>();
        services.AddScoped<Visit>();
        services.AddScoped<ConsoleApi>();
        services.AddScoped<S3Reader>();
    }

    /// <summary>
    /// The framework's forms and circuits would seal tokens with keys kept in the home folder, made at start. There are none here: the gate has tokens of its own.
    /// </summary>
    private static void ForgetKeyRing(IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        foreach (var loader in services.Where(service => service.ImplementationType?.Name == "DataProtectionHostedService").ToList())
            services.Remove(loader);
    }

    private static void Use(WebApplication app)
    {
        var gate = app.Services.GetRequiredService<ConsoleGate>();
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Root), pages => pages.Use(gate.Pass));
        // Here and not, as by default, before everything else: what is signed is answered before it, and the first of those need not wait until all pages are known.
        app.UseRouting();
        app.MapGet(Root + "/assets/{**name}", (string name, HttpContext context, Assets assets) => assets.Send(context, name));
        app.MapPost(Root + "/session", SignInEndpoints.SignIn);
        app.MapPost(Root + "/session/first", SignInEndpoints.Welcome);
        app.MapPost(Root + "/session/end", SignInEndpoints.SignOut);
        if (app.Services.GetRequiredService<ServerOptions>().Oidc is not null)
        {
            app.MapGet(OidcSignIn.Begin, (HttpContext context, OidcSignIn oidc, string? next) => oidc.Start(context, next));
            app.MapGet(OidcSignIn.Back, (HttpContext context, OidcSignIn oidc) => oidc.Return(context));
        }
        app.MapMethods(Root + "/api/{service}/{**path}", ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD"], ApiEndpoint.Call);
        app.MapGet(Root + "/live", (HttpContext context, LiveFeed feed) => feed.Send(context));
        app.MapPost(Root + "/emulated/devices", EmulatedEndpoints.Add);
        app.MapDelete(Root + "/emulated/devices", EmulatedEndpoints.Stop);
        app.MapPost(Root + "/emulated/firmware", EmulatedEndpoints.Firmware);
        app.MapPost(Root + "/access-keys", AccessKeyEndpoints.Create);
        app.MapMethods(Root + "/access-keys/{id}", ["PATCH", "DELETE"], AccessKeyEndpoints.Change);
        // Forms go to the endpoints above, behind the gate's own check; pages themselves take none.
        app.MapRazorComponents<App>().DisableAntiforgery();
        app.MapGet(Root + "/{**rest}", () => new RazorComponentResult<NothingHere>() { StatusCode = StatusCodes.Status404NotFound });
    }
}
