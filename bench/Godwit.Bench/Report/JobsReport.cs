using System.Globalization;
using System.Text;
using Godwit.Bench.Jobs;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Report;

/// <summary>The figures of jobs as a table and a file.</summary>
public static class JobsReport
{
    public static void Write(List<JobsRow> rows, BenchOptions options)
    {
        if (options.Docs is not { } docs)
            return;
        var machine = Machine.Describe();
        DocsFile.Raw(docs, "jobs", new { machine, options.Devices, options.Things, options.Executions, options.Seconds, options.Rounds, rows });
        DocsFile.Replace(docs, "jobs", On(machine, options) + Table(rows));
    }

    private static string On(Machine machine, BenchOptions options) =>
        $"""
        Taken {machine.Date} at commit {machine.Commit}: {machine.Processor}, {machine.Cores} cores, {machine.Memory}; Linux {machine.Kernel}; {machine.Runtime}.
        {options.Rounds} interleaved rounds. {(options.Busy ? "Other work was running on the machine: the ratios hold, absolute figures are too low." : "Nothing else was running.")}

        """;

    private static string Table(List<JobsRow> rows)
    {
        var text = new StringBuilder("\n| what | size | database | Godwit | p99 | limit of the same run | | its p99 | ratio |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {row.What} | {row.Size} | {row.Database} | **{Show(row.Value, row.Unit)}** | {Time(row.P99, row.Unit)} | ")
                .Append(row.Limit == 0 ? "| | | |\n" : string.Create(CultureInfo.InvariantCulture, $"{row.LimitIs} | {Show(row.Limit, row.Unit)} | {Time(row.LimitP99, row.Unit)} | {row.OfLimit:0.00} |\n"));
        return text.ToString();
    }

    private static string Show(double value, string unit) => unit == "/s" ? $"{value.ToString("N0", CultureInfo.InvariantCulture)}/s" : $"{value.ToString(value < 10 ? "0.00" : "0", CultureInfo.InvariantCulture)} {unit}";

    private static string Time(double value, string unit) => value == 0 ? "" : Show(value, unit == "s" ? "s" : "µs");
}
