using Godwit.Server.Access;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests;

/// <summary>All slices on a database and a folder of their own, without doors; their background loops run. The folder goes when it is disposed.</summary>
public sealed class SliceHost : IAsyncDisposable
{
    private readonly string _folder = TestStorage.Prepare(Directory.CreateTempSubdirectory("godwit-slices-").FullName);
    private readonly TimeProvider _time;
    private ServiceProvider _services;

    private readonly Action<IServiceCollection>? _change;

    private SliceHost(TimeProvider time, Action<IServiceCollection>? change) => (_time, _change, _services) = (time, change, Compose(time, change));

    /// <param name="change">Puts something else in place of what the slices bring.</param>
    public static async Task<SliceHost> Start(TimeProvider? time = null, Action<IServiceCollection>? change = null)
    {
        var host = new SliceHost(time ?? TimeProvider.System, change);
        await host.StartLoops();
        return host;
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Ends it all and opens the same folder again; what is to happen before the loops run may be said.</summary>
    public async Task Restart(Action<SliceHost>? beforeLoops = null)
    {
        await Stop();
        _services = Compose(_time, _change);
        beforeLoops?.Invoke(this);
        await StartLoops();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        TestStorage.Drop(_folder);
    }

    private async Task StartLoops()
    {
        foreach (var loop in _services.GetServices<IHostedService>())
            await loop.StartAsync(TestContext.Current.CancellationToken);
    }

    private async Task Stop()
    {
        foreach (var loop in _services.GetServices<IHostedService>().Reverse())
            await loop.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    private ServiceProvider Compose(TimeProvider time, Action<IServiceCollection>? change)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(new ServerOptions { DataDirectory = _folder, TimeoutGrace = TimeSpan.Zero });
        services.AddSingleton(time);
        services.AddSingleton<IRandomSource>(new SystemRandomSource());
        services.AddSingleton(new Endpoints { DownloadBase = "https://files.example" });
        services.AddSingleton(s => Database.Open(TestStorage.DialectOf(_folder), time, s.GetRequiredService<ILogger<Database>>()));
        services.AddSingleton(_ => DataDirectory.Open(_folder));
        Slices.Add(services);
        change?.Invoke(services);
        return services.BuildServiceProvider();
    }
}
