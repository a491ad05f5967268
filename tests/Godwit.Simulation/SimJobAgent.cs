using System.Text;
using System.Text.Json;
using Godwit.Fleet.Agents;

namespace Godwit.Simulation;

/// <summary>
/// A device that does jobs of any kind: takes the next one, reports in a few steps and ends it well, badly, or not at all until it is restarted.
/// Some lie: they report on jobs of others, with stale versions, with statuses that are not theirs to set, and after the end.
/// </summary>
internal sealed class SimJobAgent(World world, string thing, SimRandom random, IAgentIo io) : IAgent
{
    private readonly string _jobs = $"$aws/things/{thing}/jobs/";
    private readonly bool _startsNext = world.IsLate | random.Chance(0.4);
    private readonly bool _namesVersion = random.Chance(0.5);
    private readonly bool _lies = random.Chance(0.1);
    private string? _job;
    private long _version;
    private int _stepsLeft;
    private string _end = "";

    public void OnConnected()
    {
        io.Subscribe(_jobs + "notify-next", 1);
        io.Subscribe(_jobs + "notify", 1);
        _job = null;
        Ask();
    }

    public void OnMessage(string topic, ReadOnlySpan<byte> payload)
    {
        if (topic == _jobs + "notify-next" || topic == _jobs + "$next/get/accepted" || topic == _jobs + "start-next/accepted")
            Take(payload);
        else if (_job is not null && topic == $"{_jobs}{_job}/update/accepted")
            OnAccepted();
        else if (_job is not null && topic == $"{_jobs}{_job}/update/rejected")
            OnRejected();
    }

    public void OnRange(string url, long first, int status, ReadOnlySpan<byte> body) => throw new NotSupportedException();

    public void OnTimer()
    {
        if (_job is null)
            Ask();
        else
            Report();
    }

    private void Ask()
    {
        io.Publish(_jobs + (_startsNext ? "start-next" : "$next/get"), """{"clientToken":"sim"}"""u8.ToArray(), random.Below(2));
        io.SetTimer(TimeSpan.FromSeconds(10));
    }

    private void Take(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        using var json = JsonDocument.ParseValue(ref reader);
        if (!json.RootElement.TryGetProperty("execution", out var execution))
        {
            // Nothing to do; a push will say when there is. It looks in now and then, as some do.
            _job = null;
            io.SetTimer(TimeSpan.FromMinutes(5));
            return;
        }
        var job = execution.GetProperty("jobId").GetString();
        _version = execution.GetProperty("versionNumber").GetInt64();
        if (job == _job)
            return;
        _job = job;
        _stepsLeft = random.Below(3);
        _end = random.Below(100) switch
        {
            < 35 when world is { IsLate: true, Faults.On: true } => "",
            < 80 => "SUCCEEDED",
            < 88 => "FAILED",
            < 95 => "REJECTED",
            // Hangs while there are faults: a time-out or a restart must end it.
            _ => world.Faults.On ? "" : "SUCCEEDED",
        };
        if (execution.TryGetProperty("approximateSecondsBeforeTimedOut", out var left) && left.GetInt64() is > 10 and < 300 && random.Chance(world.IsLate ? 0.7 : 0.1))
        {
            // Ready just before its time is up, or so it means.
            _stepsLeft = 0;
            io.SetTimer(TimeSpan.FromSeconds(left.GetInt64()) - random.Time(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(8)));
        }
        else
            io.SetTimer(random.Time(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(random.Pick(2, 30))));
    }

    private void Report()
    {
        if (_lies && world.Faults.On && random.Chance(0.5))
            Lie();
        var ends = _stepsLeft == 0;
        if (ends && _end.Length == 0)
        {
            io.StopTimer();
            return;
        }
        Send(_job!, ends ? _end : "IN_PROGRESS", _namesVersion ? _version : null, !ends && random.Chance(0.1) ? random.Between(1, 3) : null);
        // Said again if nobody answers.
        io.SetTimer(TimeSpan.FromSeconds(12));
    }

    private void OnAccepted()
    {
        _version++;
        if (_stepsLeft-- > 0)
            io.SetTimer(random.Time(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(20)));
        else
        {
            _job = null;
            Ask();
        }
    }

    private void OnRejected()
    {
        // Whatever it believed, the service knows better.
        _job = null;
        io.SetTimer(TimeSpan.FromSeconds(1));
    }

    private void Lie()
    {
        if (world.HasUpdates && random.Chance(0.3))
            AskForBlocks();
        else
            LieOnJob();
    }

    /// <summary>Of any stream, by numbers that no file has.</summary>
    private void AskForBlocks() => io.Publish(
        $"$aws/things/{thing}/streams/{world.Invariants.AnyStream(random) ?? "no-such-stream"}/get/json",
        Encoding.UTF8.GetBytes($$"""{"s":1,"f":{{random.Pick(0, 0, 1, -1)}},"l":{{SimImage.BlockBytes}},"o":{{random.Pick("0", "3", "8", "9", "-1", "4194303", "4294967296")}},"n":{{random.Pick(1, 9, 98, 100000)}}}"""),
        0);

    private void LieOnJob() => Send(
        random.Pick(_job!, _job!, world.Operator.AnyJob(random), "no-such-job"),
        random.Pick("SUCCEEDED", "FAILED", "REJECTED", "IN_PROGRESS", "QUEUED", "CANCELED", "TIMED_OUT", "REMOVED", "nonsense"),
        random.Pick<long?>(null, _version - 1, _version + 1, 0, 99),
        random.Pick<int?>(null, 0, -1, 99999));

    private void Send(string job, string status, long? version, int? stepTimeout)
    {
        var text = new StringBuilder($$"""{"status":"{{status}}","statusDetails":{"n":"{{world.NewToken()}}"}""");
        if (version is not null)
            text.Append($",\"expectedVersion\":{version}");
        if (stepTimeout is not null)
            text.Append($",\"stepTimeoutInMinutes\":{stepTimeout}");
        io.Publish($"{_jobs}{job}/update", Encoding.UTF8.GetBytes(text.Append('}').ToString()), random.Below(4) == 0 ? 0 : 1);
    }
}
