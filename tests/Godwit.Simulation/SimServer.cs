using System.Reflection;
using Godwit.Server;
using Godwit.Server.Hosting;
using Godwit.Server.Jobs;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Placement;
using Godwit.Server.Signing;
using Godwit.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Simulation;

/// <summary>One life of the service's process: the real slices on the world's database, run by one thread. Its sockets are the simulation's.</summary>
internal sealed class SimServer : IDisposable
{
    private static readonly DataDirectory s_folder = DataDirectory.Open(Directory.CreateTempSubdirectory("godwit-simulation-").FullName);

    private static readonly MethodInfo s_loopOf =
        typeof(BackgroundService).GetMethod("ExecuteAsync", BindingFlags.Instance | BindingFlags.NonPublic) ?? throw new MissingMethodException("ExecuteAsync");

    /// <summary>Few, so that the groups of a world are large enough to leave in pieces.</summary>
    private const int LeavingAtOnce = 7;

    /// <summary>For devices that connect within half a minute once nothing goes wrong.</summary>
    public static readonly TimeSpan TimeoutGrace = TimeSpan.FromSeconds(45);

    private readonly ServiceProvider _services;
    private readonly Database _database;
    private long _statements;

    public SimServer(World world, int runners)
    {
        World = world;
        Loop = new SimLoop(world);
        StartedAt = world.Agenda.Now;
        Link = new SimLink(world, this);
        _services = Compose();
        _database = _services.GetRequiredService<Database>();
        _services.GetRequiredService<JobLeaving>().AtOnceMax = LeavingAtOnce;
        Jobs = _services.GetServices<ITopicService>().Single(service => service.Area == "jobs");
        Streams = _services.GetServices<ITopicService>().Single(service => service.Area == "streams");
        Loop.Post(_ => Start(_services.GetRequiredService<JobNotifications>()), null);
        Loop.Post(_ => Start(_services.GetRequiredService<JobRunner>()), null);
        for (var i = 1; i < runners; i++)
            Loop.Post(_ => Start(AnotherRunner()), null);
        if (!world.HasUpdates)
            return;
        Loop.Post(_ => Start(ActivatorUtilities.CreateInstance<OtaUpdateRunner>(_services)), null);
        Loop.Post(_ => Start(ActivatorUtilities.CreateInstance<SigningRunner>(_services)), null);
    }

    public World World { get; }

    public SimLoop Loop { get; }

    public SimLink Link { get; }

    public ITopicService Jobs { get; }

    public ITopicService Streams { get; }

    public Sabotage? Sabotage => World.Sabotage;

    public long StartedAt { get; }

    public bool Dead { get; private set; }

    /// <summary>The statement, counted from the server's start, at which it dies; and whether before it runs or after.</summary>
    public (long At, bool After)? Doom { get; private set; }

    /// <summary>Whether there is anything to go on with now.</summary>
    public bool Busy => Loop.Ready > 0 || _databaseWaits;

    private bool _databaseWaits => !World.IsStalled && _database.HasWaiting;

    /// <summary>Runs one piece, or one commit of whatever waits.</summary>
    public void Step(SimRandom schedule)
    {
        var choice = schedule.Below(Loop.Ready + (_databaseWaits ? 1 : 0));
        if (choice < Loop.Ready)
            Loop.Run(choice);
        else
            Loop.Within(() => _database.CommitWaiting());
    }

    /// <summary>A request of an operator: runs an operation, and answers if the server lives that long.</summary>
    public void Call<T>(Func<IServiceProvider, Task<T>> operation, Action<T> answered) => Loop.Post(async void (_) =>
    {
        try
        {
            var answer = await operation(_services);
            if (!Dead)
                answered(answer);
        }
        catch (Exception failure)
        {
            Report("an operation threw", failure);
        }
    }, null);

    public void Report(string what, Exception? failure)
    {
        if (!Dead)
            World.Fail("no unhandled failure", $"{what}: {failure}");
    }

    public void DieAtStatement(long more, bool after) => Doom = (_statements + more, after);

    public void Kill()
    {
        Dead = true;
        Loop.Kill();
    }

    public void BeforeStatement()
    {
        if (Dead)
            throw new KilledException();
        _statements++;
        if (Doom is { After: false } doom && _statements >= doom.At)
            Die();
    }

    public void AfterStatement()
    {
        if (Doom is { After: true } doom && _statements >= doom.At)
            Die();
    }

    public void Dispose() => Kill();

    private void Die()
    {
        Kill();
        throw new KilledException();
    }

    private void Start(BackgroundService loop) => Watch((Task)s_loopOf.Invoke(loop, [CancellationToken.None])!, loop.GetType().Name);

    private async void Watch(Task running, string name)
    {
        try
        {
            await running;
            Report($"{name} ended", null);
        }
        catch (Exception failure)
        {
            Report($"{name} ended", failure);
        }
    }

    /// <summary>As on a second node: its own clock of paces and its own bell, so that it hears of nothing and finds out from the database.</summary>
    private JobRunner AnotherRunner()
    {
        var clock = ActivatorUtilities.CreateInstance<PaceClock>(_services);
        var step = ActivatorUtilities.CreateInstance<JobStep>(_services, clock);
        return ActivatorUtilities.CreateInstance<JobRunner>(_services, new JobBell(), step);
    }

    private ServiceProvider Compose()
    {
        var time = new SimTime(World.Agenda, Loop);
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(new SimLoggers(this));
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton(new ServerOptions { DataDirectory = s_folder.Root, TimeoutGrace = TimeoutGrace });
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton<IRandomSource>(World.Ids);
        services.AddSingleton(new Endpoints { DownloadBase = "https://files.example" });
        services.AddSingleton<IDeviceLink>(Link);
        services.AddSingleton(s_folder);
        services.AddSingleton(Database.Open(new WatchedDialect(World.Storage, this), time, NullLogger<Database>.Instance, ownThread: false));
        Slices.Add(services);
        services.AddSingleton<IObjectBytes>(World.Bytes);
        return services.BuildServiceProvider();
    }

    /// <summary>What the service logs as an error is a failure of the run, unless it is dying.</summary>
    private sealed class SimLoggers(SimServer server) : ILoggerFactory, ILogger
    {
        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Worlds have no roles, of which the service tells once.
            if (logLevel >= LogLevel.Warning && formatter(state, exception) is var said && !said.StartsWith("Role arn:", StringComparison.Ordinal))
                server.Report("logged: " + said, exception);
        }
    }
}
