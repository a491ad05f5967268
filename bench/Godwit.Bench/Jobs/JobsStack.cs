using System.Diagnostics;
using Godwit.Core.Access;
using Godwit.Server;
using Godwit.Server.Hosting;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Bench.Jobs;

/// <summary>The service's slices on a database, without its doors: what is measured is jobs and storage. Nobody is connected.</summary>
public sealed class JobsStack : IAsyncDisposable
{
    public const string Account = "000000000000";

    private readonly ServiceProvider _services;

    /// <param name="connectionString">PostgreSQL's, or null for SQLite in the folder.</param>
    public JobsStack(string folder, string? connectionString)
    {
        (Folder, ConnectionString) = (folder, connectionString);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        services.AddSingleton(new ServerOptions { DataDirectory = folder });
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<IRandomSource>(new SystemRandomSource());
        services.AddSingleton(new Endpoints { DownloadBase = "https://files.example" });
        services.AddSingleton<IDeviceLink>(new NoDevices());
        services.AddSingleton(_ => DataDirectory.Open(folder));
        services.AddSingleton(s => Database.Open(Dialect.Of(connectionString, s.GetRequiredService<DataDirectory>().DatabaseFile), Clock, s.GetRequiredService<ILogger<Database>>()));
        Slices.Add(services);
        _services = services.BuildServiceProvider();
    }

    public static Caller Operator { get; } = new(Account, "us-east-1", $"arn:aws:iam::{Account}:user/bench", "AKIABENCH");

    public static Caller Device { get; } = new(Account, "us-east-1", $"arn:aws:iot:us-east-1:{Account}:cert/bench", "", "bench");

    public string Folder { get; }

    public string? ConnectionString { get; }

    public string Name => ConnectionString is null ? "SQLite" : "PostgreSQL";

    public string DatabaseFile => Get<DataDirectory>().DatabaseFile;

    public AheadClock Clock { get; } = new();

    public Database Database => Get<Database>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed class NoDevices : IDeviceLink
    {
        public void Publish(string account, string topic, ReadOnlyMemory<byte> payload, int qos)
        {
        }

        public bool HasSubscriber(string account, string topic) => false;

        public bool IsConnected(string account, string clientId) => false;

        public void Disconnect(string account, string certificateId, string why)
        {
        }
    }
}

/// <summary>The machine's time and what a benchmark lets pass beside it.</summary>
public sealed class AheadClock : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Stopwatch.GetElapsedTime(0).Ticks + Interlocked.Read(ref _ahead);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
