using Godwit.Bench.Report;

namespace Godwit.Bench.Jobs;

/// <summary>The jobs engine on its databases, each figure beside a limit of the same run.</summary>
public static class JobsBenchmark
{
    private const int FewExecutions = 100_000;

    public static async Task<int> Run(BenchOptions options, CancellationToken ct)
    {
        var rows = new List<JobsRow>();
        void Keep(IEnumerable<JobsRow> more)
        {
            foreach (var row in more)
            {
                Console.WriteLine(row);
                rows.Add(row);
            }
        }
        foreach (var database in (string?[])[null, options.Postgres])
        {
            if (database is null && rows.Count > 0)
            {
                Console.WriteLine("PostgreSQL is not installed; its rows are left out.");
                continue;
            }
            if (Wanted(options, "updates"))
                Keep(await On(database, "godwit_updates", stack => UpdateRate.Measure(stack, options, ct)));
            if (Wanted(options, "create"))
                Keep(await On(database, "godwit_create", stack => JobCreation.Measure(stack, options, ct)));
            if (Wanted(options, "lists"))
                Keep(await On(database, "godwit_lists", stack => ListPages.Measure(stack, options, ct)));
            if (Wanted(options, "next"))
                foreach (var executions in (int[])[Math.Min(FewExecutions, options.Executions), options.Executions])
                    Keep(await On(database, $"godwit_next_{executions}", stack => NextPending.Measure(stack, executions, options, ct)));
        }
        if (Wanted(options, "plan"))
            Keep(await InFolder(folder => Task.FromResult(PlanTime.Measure(folder, options))));
        if (Wanted(options, "memory"))
            Keep(await RolloutMemory.Measure(options, ct));
        if (options.Only.Length == 0)
            JobsReport.Write(rows, options);
        return 0;
    }

    private static bool Wanted(BenchOptions options, string name) => name.Contains(options.Only, StringComparison.Ordinal);

    /// <summary>A database of its own for each measurement: what one leaves behind must not slow the next.</summary>
    private static Task<IEnumerable<JobsRow>> On(string? database, string name, Func<JobsStack, Task<IEnumerable<JobsRow>>> measure) => InFolder(async folder =>
    {
        if (database is not null)
            BareTable.CreateDatabase(database, name);
        await using var stack = new JobsStack(folder, database is null ? null : $"{database};Database={name};Command Timeout=600");
        return await measure(stack);
    });

    private static async Task<IEnumerable<JobsRow>> InFolder(Func<string, Task<IEnumerable<JobsRow>>> measure)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-bench-").FullName;
        try
        {
            return await measure(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
