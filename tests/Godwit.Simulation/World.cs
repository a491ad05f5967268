namespace Godwit.Simulation;

/// <summary>What the model found wrong.</summary>
internal sealed record Violation(string Invariant, string Message);

/// <summary>
/// One seed's world: a fleet, an operator, a network, and one server after the other on one database. Everything happens on one thread in the order
/// that the agenda and the seed give; after each commit, reply and push the model is asked whether that may be.
/// </summary>
internal sealed class World : IDisposable
{
    public const string Account = "000000000000";
    public const string Region = "us-east-1";

    /// <summary>How long a world may take to come to rest once nothing goes wrong any more.</summary>
    private static readonly TimeSpan s_restWithin = TimeSpan.FromHours(2);

    /// <summary>Pieces of work at one instant after which a server is taken to run in circles.</summary>
    private const int StepsMax = 100_000;

    private readonly SimRandom _schedule;
    private readonly Trace _trace;
    private readonly TimeSpan _faulty;
    private int _tokens;
    private bool _compared;
    private bool _over;

    public World(long seed, Sabotage? sabotage, TextWriter? traceTo)
    {
        Seed = seed;
        Sabotage = sabotage;
        _trace = new Trace(traceTo);
        _schedule = SimRandom.Of(seed, "schedule");
        Network = SimRandom.Of(seed, "network");
        Ids = SimRandom.Of(seed, "ids");
        var shape = SimRandom.Of(seed, "shape");
        // Most fleets are small, so that many seeds can be tried; one in forty is large.
        var devices = shape.Chance(0.025) ? shape.Between(200, 500) : shape.Between(50, 70);
        var (ota, spare) = (devices / 4, devices - Math.Max(1, devices / 10));
        var middle = shape.Between(ota, spare);
        var inner = shape.Between(ota, middle);
        SimGroup[] groups = [new("all", null, 0, 0), new("ota", null, 0, ota), new("a", "all", ota, inner), new("a1", "a", inner, middle), new("b", "all", middle, spare)];
        Storage = new SimStorage(devices, groups);
        Invariants = new Invariants(this, groups);
        Faults = new Faults(this, SimRandom.Of(seed, "faults"));
        Fleet = new SimFleet(this, devices, ota);
        Operator = new SimOperator(this);
        _faulty = TimeSpan.FromMinutes(shape.Between(4, 12));
        // Blocks are many: one world in seven has them, the others take small images from a URL.
        HasUpdates = shape.Chance(1 / 7.0);
        IsLate = shape.Chance(1 / 12.0);
        Bytes = new SimBytes(this);
        Note($"seed {seed}: {devices} devices, {Faults}");
    }

    public long Seed { get; }

    public Sabotage? Sabotage { get; }

    public Agenda Agenda { get; } = new();

    public SimRandom Network { get; }

    public SimRandom Ids { get; }

    public SimStorage Storage { get; }

    public Invariants Invariants { get; }

    public Faults Faults { get; }

    public SimFleet Fleet { get; }

    public SimOperator Operator { get; }

    /// <summary>Whether its updates are made by CreateOTAUpdate and go by streams.</summary>
    public bool HasUpdates { get; }

    /// <summary>Whether its jobs give little time, its devices take all of it, and its disk stalls often.</summary>
    public bool IsLate { get; }

    public SimBytes Bytes { get; }

    public SimServer? Server { get; private set; }

    public Violation? Violation { get; private set; }

    /// <summary>When the server's wall clock jumped last, in true time.</summary>
    public long JumpedAt { get; private set; }

    /// <summary>Until when the disk takes no commit, or did last, in true time.</summary>
    public long StalledUntil { get; private set; }

    public bool IsStalled => Agenda.Now < StalledUntil;

    public Trace Trace => _trace;

    public string NewToken() => $"n{++_tokens}";

    public void Note(string what) => _trace.Add(Agenda.Now, what);

    /// <summary>The first violation counts. It is kept rather than thrown, because the service might catch it.</summary>
    public void Fail(string invariant, string message)
    {
        if (Violation is not null)
            return;
        Violation = new Violation(invariant, message);
        Note($"VIOLATION {invariant}: {message}");
    }

    /// <summary>Lives until all is at rest, or until something is wrong.</summary>
    public void Run()
    {
        StartServer();
        Fleet.TurnOn();
        Operator.Plan(_faulty);
        Faults.Plan(_faulty);
        Agenda.In(_faulty, Faults.Heal);
        Agenda.In(_faulty + TimeSpan.FromMinutes(1), LookForRest);
        while (!_over && Violation is null && Agenda.Take() is { } next)
        {
            next();
            Drain();
        }
        if (Violation is null)
            Invariants.CheckAll();
        Note("end");
    }

    public void JumpClock(TimeSpan by)
    {
        Agenda.Skew += by;
        JumpedAt = Agenda.Now;
        Note(FormattableString.Invariant($"the wall clock jumps by {by.TotalSeconds:F3} s"));
    }

    /// <summary>The disk stands still: changes wait, readers do not.</summary>
    public void StallDisk(TimeSpan by)
    {
        if (IsStalled)
            return;
        StalledUntil = Agenda.Now + by.Ticks;
        Note(FormattableString.Invariant($"the disk stalls for {by.TotalSeconds:F3} s"));
        Agenda.In(by, () => Note("the disk goes on"));
    }

    public void Dispose()
    {
        Server?.Dispose();
        Storage.Dispose();
        _trace.Dispose();
    }

    private void StartServer()
    {
        Server = new SimServer(this, Faults.Runners);
        Note("server up");
    }

    private void Drain()
    {
        var steps = 0;
        while (Server is { } server && Violation is null)
        {
            if (server.Dead)
            {
                Bury(server);
                return;
            }
            if (!server.Busy)
                break;
            try
            {
                server.Step(_schedule);
            }
            catch (KilledException)
            {
                // It surfaced where nobody of the server's could catch it; that is how it ends.
            }
            if (++steps > StepsMax)
                Fail("progress", "the server has not come to rest at this instant");
        }
        if (Violation is null && Server is not null && !IsStalled)
            Invariants.AtRest();
    }

    private void Bury(SimServer server)
    {
        Note("server dead");
        Invariants.OnServerDead();
        foreach (var connection in server.Link.Connections.Values.ToList())
            connection.Break();
        Server = null;
        Invariants.CheckAll();
        Agenda.In(_schedule.Time(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(_schedule.Pick(2, 10, 90))), StartServer);
    }

    private void LookForRest()
    {
        var rests = Invariants.IsDone && Operator.Open == 0 && Server is not null;
        if (rests && _compared)
            _over = true;
        else if (rests)
        {
            _compared = true;
            Operator.CompareJournal();
            Agenda.In(TimeSpan.FromSeconds(15), LookForRest);
        }
        else if (Agenda.Now > (_faulty + s_restWithin).Ticks)
            Fail("comes to rest", "long after the last fault there is still: " + Invariants.WhatIsLeft());
        else
            Agenda.In(TimeSpan.FromSeconds(30), LookForRest);
    }
}
