using System.Globalization;

namespace Godwit.Crash;

/// <summary>What the test was asked to do.</summary>
/// <param name="Program">The service's executable.</param>
/// <param name="Sockets">Not kills but a flood of so many sockets; 0 for kills.</param>
/// <param name="Seed">Decides when each kill comes; printed, so that a run can be repeated.</param>
public sealed record CrashOptions(string Program, int Times, int Seed, int Sockets)
{
    /// <summary>Only attacks whose name contains this; in the attacker's process the one that it is.</summary>
    public string Attack { get; init; } = "";

    /// <summary>This is the attacker's process.</summary>
    public bool IsAttacker { get; init; }

    /// <summary>The service's ports: MQTT, API, HTTPS.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>Where the attacker's certificate lies.</summary>
    public string Identity { get; init; } = "";

    public static CrashOptions Parse(string[] args)
    {
        string? Value(string flag) => Array.IndexOf(args, flag) is var at && at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
        int Number(string flag, int otherwise) => Value(flag) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        return new CrashOptions(
            Value("--godwit") ?? throw new ArgumentException("--godwit PATH names the service's executable."),
            Number("--times", 25),
            Number("--seed", Environment.TickCount & 0xFFFF),
            Number("--sockets", 0))
        {
            Attack = Value("--be") ?? Value("--attack") ?? "",
            IsAttacker = Value("--be") is not null,
            Ports = Value("--ports")?.Split(',').Select(port => int.Parse(port, CultureInfo.InvariantCulture)).ToList() ?? [],
            Identity = Value("--identity") ?? "",
        };
    }
}
