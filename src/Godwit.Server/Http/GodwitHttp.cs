using System.Net;
using Godwit.Server.Http.S3;
using Godwit.Server.Hosting;
using Godwit.Server.Iam;
using Godwit.Server.Objects.S3;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Http;

/// <summary>How the host wires the HTTP front door.</summary>
public static class GodwitHttp
{
    /// <summary>Connections of API callers and downloads together; beyond, new ones are closed at once.</summary>
    private const int ConnectionsMax = 20_000;

    public static IServiceCollection AddGodwitHttp(this IServiceCollection services)
    {
        services.AddSingleton<SigV4Authenticator>();
        services.AddSingleton<RestJsonDoor>();
        services.AddSingleton<S3Access>();
        services.AddSingleton<S3Pages>().AddSingleton<S3FormPost>();
        services.AddSingleton<StsDoor>();
        services.AddSingleton<IamDoor>();
        services.AddSingleton<JsonTargetDoor>();
        services.AddSingleton<GodwitDoor>();
        services.AddSingleton<GodwitJobsDoor>();
        services.AddSingleton<GodwitWhyDoor>();
        services.AddSingleton<GodwitHealthDoor>();
        services.AddSingleton<GodwitEventsDoor>();
        services.AddSingleton<GodwitUsersDoor>();
        services.AddSingleton<GodwitProgressDoor>();
        services.AddSingleton<GodwitPastDoor>();
        services.AddSingleton<GodwitMessagesDoor>();
        services.AddSingleton<InnerCalls>();
        services.AddSingleton(s => new S3Gate(s.GetRequiredService<ServerOptions>(), s.GetRequiredService<Endpoints>(), s.GetRequiredService<S3Access>(), s.GetService<IS3Door>(), s.GetRequiredService<S3Pages>()));
        services.AddSingleton<OwnPages>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<MetricsPage>();
        services.AddSingleton<AwsGateway>();
        return services;
    }

    /// <summary>Limits for all of Kestrel's ports, and the API port itself.</summary>
    public static void ListenForApi(this KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        // RFC 9112, 2.2 allows a lone LF to end a line; a proxy that does not would cut requests elsewhere.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = ConnectionsMax;
        limits.MaxRequestLineSize = 16 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.RequestHeadersTimeout = options.HttpPatience.Headers;
        limits.KeepAliveTimeout = options.HttpPatience.Idle;
        limits.MinRequestBodyDataRate = limits.MinResponseDataRate = new MinDataRate(options.HttpPatience.BytesPerSecond, options.HttpPatience.Grace);
        // Each door has its own bound; an upload to S3 may be far larger than any request to the other services.
        limits.MaxRequestBodySize = null;
        kestrel.Listen(IPAddress.Parse(options.Listen), options.ApiPort, listen => listen.Protocols = HttpProtocols.Http1);
    }

    /// <summary>Puts the gateway before whatever else the host maps.</summary>
    public static void UseGodwit(this WebApplication app, ServerAddOn? addOn)
    {
        var gateway = app.Services.GetRequiredService<AwsGateway>();
        app.Use((HttpContext context, RequestDelegate next) => gateway.Serve(context, addOn?.Serves(context.Request) == true ? next : null));
    }

    /// <summary>Once Kestrel listens: notes the port and the base of presigned downloads, and opens the door.</summary>
    public static void OpenGodwit(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<ServerOptions>();
        var endpoints = app.Services.GetRequiredService<Endpoints>();
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        endpoints.ApiPort = addresses.Select(address => new Uri(address)).First(address => address.Scheme == Uri.UriSchemeHttp).Port;
        endpoints.HttpsPort = addresses.Select(address => new Uri(address)).FirstOrDefault(address => address.Scheme == Uri.UriSchemeHttps)?.Port ?? 0;
        endpoints.DownloadBase = options.PublicUrl?.TrimEnd('/') ?? $"http://{endpoints.Host}:{endpoints.ApiPort}";
        app.Services.GetRequiredService<Readiness>().IsReady = true;
        // The first request should not pay for reading the largest model.
        ThreadPool.UnsafeQueueUserWorkItem(_ => ServiceCatalog.Find("iot")!.WarmUp(), null);
    }
}
