using System.Globalization;

namespace Godwit.Bench;

/// <summary>What a run measures and for how long. The same record serves the helper processes, which are told a port and an image.</summary>
public sealed record BenchOptions
{
    /// <summary>Measured seconds of one round of one server.</summary>
    public double Seconds { get; init; } = 1.5;

    public int Rounds { get; init; } = 5;

    /// <summary>Connections that fetch blocks, each with one request in flight.</summary>
    public int Clients { get; init; } = 50;

    /// <summary>Devices that connect, wait, and come back after a restart.</summary>
    public int Connections { get; init; } = 5_000;

    /// <summary>Only cases whose name contains this.</summary>
    public string Only { get; init; } = "";

    /// <summary>Only servers whose name contains this.</summary>
    public string Servers { get; init; } = "";

    /// <summary>Seconds of load before a server's first round: the runtime compiles what is hot in three steps, on the same core that serves.</summary>
    public double Warm { get; init; } = 20;

    /// <summary>Where performance.md and the raw figures lie; null keeps the figures to the terminal.</summary>
    public string? Docs { get; init; }

    /// <summary>Devices that report at the same time.</summary>
    public int Devices { get; init; } = 256;

    /// <summary>Things of a large job, and of a planned fleet.</summary>
    public int Things { get; init; } = 1_000_000;

    /// <summary>Executions on file when a thing asks for its next.</summary>
    public int Executions { get; init; } = 1_000_000;

    /// <summary>A PostgreSQL that databases may be created on, without a database's name; null where there is none.</summary>
    public string? Postgres { get; init; }

    /// <summary>Other work ran beside it, which the report says.</summary>
    public bool Busy { get; init; }

    public int Port { get; init; }

    public string Image { get; init; } = "";

    /// <summary>A run that only shows that everything works; its figures mean nothing and are not kept.</summary>
    public bool Smoke { get; init; }

    public static BenchOptions Parse(IEnumerable<string> args)
    {
        var options = new BenchOptions();
        using var words = args.GetEnumerator();
        while (words.MoveNext())
        {
            var name = words.Current;
            string Value() => words.MoveNext() ? words.Current : throw new ArgumentException($"{name} needs a value.");
            options = name switch
            {
                "--seconds" => options with { Seconds = Math.Clamp(double.Parse(Value(), CultureInfo.InvariantCulture), 0.1, 60) },
                "--rounds" => options with { Rounds = Math.Clamp(int.Parse(Value(), CultureInfo.InvariantCulture), 1, 50) },
                "--clients" => options with { Clients = Math.Clamp(int.Parse(Value(), CultureInfo.InvariantCulture), 1, 1000) },
                "--connections" => options with { Connections = Math.Clamp(int.Parse(Value(), CultureInfo.InvariantCulture), 1, 19_000) },
                "--only" => options with { Only = Value() },
                "--servers" => options with { Servers = Value() },
                "--warm" => options with { Warm = Math.Clamp(double.Parse(Value(), CultureInfo.InvariantCulture), 0.1, 120) },
                "--docs" => options with { Docs = Value() },
                "--devices" => options with { Devices = Math.Clamp(int.Parse(Value(), CultureInfo.InvariantCulture), 1, 4096) },
                "--things" => options with { Things = Math.Clamp(int.Parse(Value(), CultureInfo.InvariantCulture), 100, 9_000_000) },
                "--executions" => options with { Executions = Math.Clamp(int.Parse(Value(), CultureInfo.InvariantCulture), 100, 100_000_000) },
                "--full" => options with { Executions = 10_000_000 },
                "--postgres" => options with { Postgres = Value() },
                "--busy" => options with { Busy = true },
                "--port" => options with { Port = int.Parse(Value(), CultureInfo.InvariantCulture) },
                "--image" => options with { Image = Value() },
                "--smoke" => options with { Smoke = true, Seconds = 0.2, Warm = 0.2, Rounds = 1, Clients = 5, Connections = 50, Devices = 32, Things = 10_000, Executions = 10_000 },
                _ => throw new ArgumentException($"Unknown option {name}."),
            };
        }
        return options.Smoke ? options with { Docs = null } : options;
    }
}
