using System.Globalization;
using System.Text;
using Godwit.Bench.Api;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Report;

/// <summary>The figures of signed calls as a table and a file.</summary>
public static class ApiReport
{
    public static void Write(List<ApiResult> results, BenchOptions options)
    {
        if (options.Docs is not { } docs || options.Only.Length > 0)
            return;
        var machine = Machine.Describe();
        DocsFile.Raw(docs, "api", new { machine, options.Clients, options.Seconds, options.Rounds, options.Busy, results });
        DocsFile.Replace(docs, "api", On(machine, options) + Table(results));
    }

    private static string On(Machine machine, BenchOptions options) => string.Create(CultureInfo.InvariantCulture,
        $"""
        Taken {machine.Date} at commit {machine.Commit}: {machine.Processor}, {machine.Cores} cores, {machine.Memory}; Linux {machine.Kernel}; {machine.Runtime}.
        {options.Clients} clients; medians of {options.Rounds} interleaved rounds of {options.Seconds:0.##} s. {(options.Busy ? "Other work was running on the machine: CPU per request holds, rates are too low." : "Nothing else was running.")}

        """);

    private static string Table(List<ApiResult> results)
    {
        var text = new StringBuilder("\n| operation | requests/s | p99 µs | CPU µs/request | check of the signature, µs | its share of the CPU | server busy | generator busy |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var one in results)
            text.Append(CultureInfo.InvariantCulture,
                $"| {one.Operation} | **{one.PerSecond:N0}** | {one.P99Microseconds:0} | {one.Microseconds:0} | {one.SignatureMicroseconds:0.0} | {one.SignatureShare * 100:0} % | {one.ServerBusy * 100:0}% | {one.GeneratorBusy * 100:0}% |\n");
        return text.ToString();
    }
}
