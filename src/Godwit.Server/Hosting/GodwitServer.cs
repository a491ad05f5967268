using Godwit.Server.Access;
using Godwit.Server.Http;
using Godwit.Server.Metrics;
using Godwit.Server.Iam;
using Godwit.Server.Objects;
using Godwit.Server.Mqtt;
using Godwit.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Hosting;

/// <summary>The whole service in one process: opens the data folder, composes slices and doors, listens, and stops in order.</summary>
public sealed class GodwitServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DataDirectory _data;

    private GodwitServer(WebApplication app, DataDirectory data) => (_app, _data) = (app, data);

    public Endpoints Endpoints => _app.Services.GetRequiredService<Endpoints>();

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts and returns once requests are served.</summary>
    /// <param name="addOn">Pages that the host serves behind the gateway, to requests without a signature.</param>
    /// <exception cref="StartupException">All that stands in the way, by name.</exception>
    public static async Task<GodwitServer> Start(
        ServerOptions options, TimeProvider time, IRandomSource random, Action<ILoggingBuilder> logging, CancellationToken ct, ServerAddOn? addOn = null)
    {
        var data = DataDirectory.Open(options.DataDirectory);
        WebApplication? app = null;
        try
        {
            if (PortCheck.Mistakes(options) is { Count: > 0 } taken)
                throw new StartupException(taken);
            app = Compose(options, data, time, random, logging, addOn);
            await app.Services.GetRequiredService<AccessKeys>().Load(ct);
            await app.Services.GetRequiredService<IamDirectory>().Load(ct);
            await app.Services.GetRequiredService<BucketPolicies>().Load(ct);
            await app.StartAsync(ct);
            app.OpenGodwit();
            return new GodwitServer(app, data);
        }
        catch (Exception failure)
        {
            // A database that was opened must be let go: its lock would outlive the attempt.
            if (app is not null)
                await app.DisposeAsync();
            data.Dispose();
            if (failure is StorageException)
                throw new StartupException([failure.Message]);
            throw;
        }
    }

    /// <summary>Whether the service still does what it is there for: the database takes a change.</summary>
    public async Task<bool> Answers()
    {
        try
        {
            return await Services.GetRequiredService<Database>().Write(_ => true, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (Exception failure) when (failure is StorageException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Completes when the service has stopped, by signal or by <see cref="DisposeAsync"/>.</summary>
    public Task WaitForStop(CancellationToken ct) => ((IHost)_app).WaitForShutdownAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _data.Dispose();
    }

    private static WebApplication Compose(
        ServerOptions options, DataDirectory data, TimeProvider time, IRandomSource random, Action<ILoggingBuilder> logging, ServerAddOn? addOn)
    {
        // The empty builder adds nothing that was not asked for: start-up stays far below a second.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        logging(builder.Logging);
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(data);
        services.AddSingleton(time);
        services.AddSingleton(random);
        services.AddSingleton<Endpoints>();
        services.AddSingleton(s => Database.Open(Dialect.Of(options.Database, data.DatabaseFile), time, s.GetRequiredService<ILogger<Database>>()));
        services.AddGodwitHttp();
        services.AddDeviceDoor(Slices.Add(services));
        services.AddDeviceDataPort();
        if (options.OtlpEndpoint is { } otlp)
            services.AddOtlp(otlp);
        addOn?.Add(services);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenForApi(options);
            kestrel.ListenForDevices(options);
        });
        var app = builder.Build();
        app.UseMqttWebSockets();
        app.UseDeviceDataPort();
        app.UseGodwit(addOn);
        addOn?.Use(app);
        return app;
    }
}
