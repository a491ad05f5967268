using System.Globalization;
using System.Text;
using Godwit.Bench.Connections;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Report;

/// <summary>What connections cost, as a table and a file.</summary>
public static class ConnectionsReport
{
    public static void Write(List<ConnectionsRound> rounds, BenchOptions options)
    {
        if (options.Docs is not { } docs)
            return;
        var machine = Machine.Describe();
        DocsFile.Raw(docs, "connections", new { machine, options.Connections, options.Rounds, options.Busy, results = rounds });
        DocsFile.Replace(docs, "connections", On(machine, options) + Table(rounds));
    }

    private static string On(Machine machine, BenchOptions options) =>
        $"""
        Taken {machine.Date} at commit {machine.Commit}: {machine.Processor}, {machine.Cores} cores, {machine.Memory}; Linux {machine.Kernel}; {machine.Runtime};
        {machine.Mosquitto}. Medians of {options.Rounds} interleaved rounds of {options.Connections.ToString("N0", CultureInfo.InvariantCulture)} devices. {(options.Busy ? "Other work was running on the machine: the ratios hold, absolute figures are too low." : "Nothing else was running.")}

        """;

    private static string Table(List<ConnectionsRound> rounds)
    {
        var text = new StringBuilder("\n| | server | connects/s | server CPU, ms each | KiB each, idle | up again after a kill | all back | connects/s then |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var group in rounds.GroupBy(round => (round.Way, round.Server)))
        {
            double Median(Func<ConnectionsRound, double> of) => group.Select(of).Order().ElementAt(group.Count() / 2);
            var name = group.Key.Server == "Godwit" ? "**Godwit**" : group.Key.Server;
            text.Append(CultureInfo.InvariantCulture, $"| {group.Key.Way} | {name} | {Median(round => round.PerSecond):0} | {Median(round => round.MillisecondsEach):0.00} | {Median(round => round.KibEach):0.0} ")
                .Append(CultureInfo.InvariantCulture, $"| {Median(round => round.UpSeconds):0.0} s | {Median(round => round.BackSeconds):0.0} s | {Median(round => round.BackPerSecond):0} |\n");
        }

        return text.ToString();
    }
}
