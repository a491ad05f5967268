using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Godwit.Bench.Measuring;

/// <summary>What the figures were taken on and with.</summary>
/// <param name="Commit">The last one that changed what is measured.</param>
public sealed record Machine(string Processor, int Cores, string Memory, string Kernel, string Runtime, string Mosquitto, string Nginx, string Commit, string Date)
{
    public static Machine Describe() => new(
        Fact("/proc/cpuinfo", "model name"),
        Fact("/proc/cpuinfo", "processor", last: true) is var last ? int.Parse(last, CultureInfo.InvariantCulture) + 1 : 0,
        $"{long.Parse(Fact("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1048576.0:0} GiB",
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        RuntimeInformation.FrameworkDescription,
        FirstLine("mosquitto", "-h"),
        FirstLine("nginx", "-v"),
        FirstLine("git", "log", "-1", "--format=%h", "--", "src"),
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static string Fact(string file, string name, bool last = false)
    {
        var lines = File.ReadLines(file).Where(line => line.StartsWith(name, StringComparison.Ordinal));
        var found = (last ? lines.LastOrDefault() : lines.FirstOrDefault()) ?? "";
        return found[(found.IndexOf(':') + 1)..].Trim();
    }

    private static string FirstLine(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return said.Split('\n')[0].Trim();
    }
}
