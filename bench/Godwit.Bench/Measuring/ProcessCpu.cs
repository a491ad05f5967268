using System.Globalization;

namespace Godwit.Bench.Measuring;

/// <summary>Processor time as the kernel accounts it: user and system time of whole processes, in steps of a clock tick (10 ms).</summary>
public static class ProcessCpu
{
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of these processes and their children together.</summary>
    public static double Seconds(IEnumerable<int> processes) => processes.Sum(Seconds);

    private static double Seconds(int process)
    {
        // Behind the name in brackets: state is the first field, utime and stime are the 12th and 13th (proc(5)).
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var own = (Parse(fields[11]) + Parse(fields[12])) / TicksPerSecond;
        return own + File.ReadAllText($"/proc/{process}/task/{process}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Sum(child => Seconds(int.Parse(child, CultureInfo.InvariantCulture)));
    }

    private static long Parse(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
