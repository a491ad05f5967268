using System.Globalization;

namespace Godwit.Crash;

/// <summary>What the test was asked to do.</summary>
/// <param name="Program">The service's executable.</param>
/// <param name="Sockets">Not kills but a flood of so many sockets; 0 for kills.</param>
/// <param name="Seed">Decides when each kill comes; printed, so that a run can be repeated.</param>
public sealed record CrashOptions(string Program, int Times, int Seed, int Sockets)
{
    public static CrashOptions Parse(string[] args)
    {
        string? Value(string flag) => Array.IndexOf(args, flag) is var at && at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
        int Number(string flag, int otherwise) => Value(flag) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        return new CrashOptions(
            Value("--godwit") ?? throw new ArgumentException("--godwit PATH names the service's executable."),
            Number("--times", 25),
            Number("--seed", Environment.TickCount & 0xFFFF),
            Number("--sockets", 0));
    }
}
