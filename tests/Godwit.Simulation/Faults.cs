namespace Godwit.Simulation;

/// <summary>What goes wrong in a world and how often: some worlds are calm, some are not. All of it ends when <see cref="Heal"/> is called.</summary>
internal sealed class Faults
{
    private readonly World _world;
    private readonly SimRandom _random;
    private readonly SimRandom _stalling;

    public Faults(World world, SimRandom random)
    {
        (_world, _random) = (world, random);
        var rough = random.Pick(0.0, 0.3, 1.0, 2.5);
        (Loss, Repeat, Reorder, Slow, Cut) = (0.03 * rough, 0.05 * rough, 0.05 * rough, 0.04 * rough, 0.01 * rough);
        Kills = random.Pick(0, 0, 1, 3, 8);
        Jumps = random.Pick(0, 0, 1, 4);
        Crashes = rough == 0 ? 0 : random.Between(0, 12);
        Runners = random.Pick(1, 2);
        _stalling = SimRandom.Of(world.Seed, "stalls");
        Stalls = _stalling.Pick(0, 0, 1, 4);
    }

    public bool On { get; private set; } = true;

    public double Loss { get; }

    public double Repeat { get; }

    public double Reorder { get; }

    public double Slow { get; }

    public double Cut { get; }

    public int Runners { get; }

    private int Kills { get; }

    private int Jumps { get; }

    private int Crashes { get; }

    private int Stalls { get; }

    public override string ToString() =>
        FormattableString.Invariant($"loss {Loss:F3} repeat {Repeat:F3} reorder {Reorder:F3} slow {Slow:F3} cut {Cut:F3} kills {Kills} jumps {Jumps} crashes {Crashes} stalls {Stalls} runners {Runners}");

    public bool Hit(double probability) => On && probability > 0 && _world.Network.Chance(probability);

    /// <summary>Puts the faults of this world on the agenda.</summary>
    public void Plan(TimeSpan within)
    {
        for (var i = 0; i < Kills; i++)
            _world.Agenda.In(Moment(within), KillServer);
        for (var i = 0; i < Jumps; i++)
            _world.Agenda.In(Moment(within), Jump);
        for (var i = 0; i < Crashes; i++)
            _world.Agenda.In(Moment(within), CrashDevice);
        for (var i = 0; i < (_world.IsLate ? 8 : Stalls); i++)
            _world.Agenda.In(_stalling.Time(TimeSpan.FromSeconds(1), within), Stall);
    }

    public void Heal()
    {
        On = false;
        _world.Note("faults end");
        _world.Fleet.Heal();
    }

    private TimeSpan Moment(TimeSpan within) => _random.Time(TimeSpan.FromSeconds(1), within);

    /// <summary>Somewhere within the next statements, before or after one: also between a commit and what follows it.</summary>
    private void KillServer()
    {
        KillServer(_random.Between(1, _random.Pick(12, 60, 400)));
    }

    /// <summary>At the so manieth statement from now, unless it is doomed already.</summary>
    public void KillServer(int more)
    {
        if (_world.Server is not { Dead: false, Doom: null } server)
            return;
        var after = _random.Chance(0.5);
        _world.Note($"the server will die {(after ? "after" : "at")} its {more}th statement from now");
        server.DieAtStatement(more, after);
    }

    private void Jump()
    {
        var by = _random.Time(TimeSpan.FromMilliseconds(1), _random.Pick(TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)));
        _world.JumpClock(_random.Chance(0.5) ? by : -by);
    }

    /// <summary>Now, or where it hurts more: when the time of an execution is nearly up.</summary>
    private void Stall()
    {
        var by = _stalling.Time(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(_stalling.Pick(1, 10, 20)));
        var ahead = _stalling.Time(TimeSpan.Zero, TimeSpan.FromSeconds(10));
        if (_stalling.Chance(0.7) && _world.Invariants.NextDeadline is { } deadline)
            _world.Agenda.In(deadline - ahead, () => _world.StallDisk(by));
        else
            _world.StallDisk(by);
    }

    private void CrashDevice()
    {
        var device = _world.Fleet.Devices[_random.Below(_world.Fleet.Devices.Count)];
        _world.Note($"crash {device.Thing}");
        device.Crash(_random.Time(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(3)));
    }
}
