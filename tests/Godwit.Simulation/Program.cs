using System.Diagnostics;
using System.Globalization;
using Godwit.Simulation;

// usage: Godwit.Simulation [--seeds N] [--from S] [--break NAME|all] [--trace] [--threads N]
var options = Options.Parse(args, out var wrong);
if (options is null)
{
    Console.Error.WriteLine($"simulation: {wrong}");
    Console.Error.WriteLine("usage: ./test sim [--seeds N] [--from SEED] [--break NAME|all|none] [--trace] [--threads N]");
    Console.Error.WriteLine("bugs to plant: " + string.Join(", ", Sabotage.All.Select(make => make().Name)));
    return 64;
}
return options.Break switch
{
    null or "none" => new Runs(options).Correct() ? 0 : 1,
    "all" => new Runs(options).Broken(Sabotage.All) ? 0 : 1,
    var name => new Runs(options).Broken([.. Sabotage.All.Where(make => make().Name == name)]) ? 0 : 1,
};

namespace Godwit.Simulation
{
    internal sealed record Options(int Seeds, long From, string? Break, bool Trace, int Threads)
    {
        public static Options? Parse(string[] args, out string wrong)
        {
            var options = new Options(2000, 1, null, false, Math.Min(2, Environment.ProcessorCount));
            for (var i = 0; i < args.Length; i++)
            {
                var value = i + 1 < args.Length ? args[i + 1] : "";
                wrong = $"{args[i]} {value} is not understood.";
                switch (args[i])
                {
                    case "--trace": options = options with { Trace = true, Threads = 1 }; continue;
                    case "--break" when value is "all" or "none" || Sabotage.All.Any(make => make().Name == value): options = options with { Break = value }; break;
                    case "--seeds" when int.TryParse(value, CultureInfo.InvariantCulture, out var seeds) && seeds > 0: options = options with { Seeds = seeds }; break;
                    case "--from" when long.TryParse(value, CultureInfo.InvariantCulture, out var from): options = options with { From = from }; break;
                    case "--threads" when int.TryParse(value, CultureInfo.InvariantCulture, out var threads) && threads > 0: options = options with { Threads = threads }; break;
                    default: return null;
                }
                i++;
            }
            wrong = "";
            return options;
        }
    }

    /// <summary>What one world came to.</summary>
    internal sealed record Outcome(long Seed, Violation? Violation, string Hash, int Lines, long Commits, double Hours, IReadOnlyList<string> Last, bool Took);

    internal sealed class Runs(Options options)
    {
        /// <summary>Seeds that are run a second time, to see that they give the same trace.</summary>
        private const int Replayed = 5;

        /// <summary>Seeds between two lines that tell how far it is.</summary>
        private const int ProgressEvery = 500;

        /// <summary>Seeds within which a planted bug must be found.</summary>
        private const int FindWithin = 150;

        public bool Correct()
        {
            var watch = Stopwatch.StartNew();
            long[] seeds = [.. Enumerable.Range(0, options.Seeds).Select(i => options.From + i)];
            // Where bugs were found before is looked every time, but where one world is asked for.
            long[] before = options.Seeds == 1 ? [] : [.. Seeds.Found.Except(seeds)];
            seeds = [.. seeds, .. before];
            var outcomes = new Outcome[seeds.Length];
            // The first alone: what a process makes once, like its keys, is made once.
            outcomes[0] = Run(seeds[0], null);
            InThreads(seeds.Length - 1, i => outcomes[i + 1] = Run(seeds[i + 1], null), done => Progress(outcomes, done + 1, watch));
            var failed = outcomes.Where(outcome => outcome.Violation is not null).ToList();
            foreach (var outcome in failed.Take(3))
                Show(outcome);
            foreach (var group in failed.GroupBy(outcome => outcome.Violation!.Invariant))
                Console.WriteLine($"{group.Count()} × {group.Key}: seeds {string.Join(' ', group.Take(10).Select(o => o.Seed))}");
            var same = options.Trace || outcomes.Where((outcome, i) => i < Replayed || Seeds.Found.Contains(outcome.Seed)).All(first => Same(first, Run(first.Seed, null)));
            Console.WriteLine(FormattableString.Invariant(
                $"{options.Seeds} seeds from {options.From} and {before.Length} in which bugs were found: {failed.Count} failed, {outcomes.Sum(o => o.Commits)} commits and {outcomes.Sum(o => o.Hours):F0} hours simulated in {watch.Elapsed.TotalSeconds:F1} s, traces {Fold(outcomes)}"));
            return failed.Count == 0 && same;
        }

        public bool Broken(IReadOnlyList<Func<Sabotage>> bugs)
        {
            var lines = new string[bugs.Count];
            var found = new bool[bugs.Count];
            // One world first and alone, for what a process makes once.
            Run(options.From, null);
            InThreads(bugs.Count, i => (found[i], lines[i]) = Find(bugs[i]), null);
            foreach (var line in lines)
                Console.WriteLine(line);
            Console.WriteLine($"{bugs.Count} bugs planted, {found.Count(bug => bug)} found");
            return found.All(bug => bug);
        }

        private (bool Found, string Line) Find(Func<Sabotage> make)
        {
            var (bug, took) = (make(), false);
            var known = Seeds.Of(bug.Name);
            IEnumerable<long> anew = Enumerable.Range(0, FindWithin).Select(i => options.From + i);
            foreach (var seed in known is { } last ? anew.Prepend(last) : anew)
            {
                var outcome = Run(seed, make());
                took |= outcome.Took;
                if (outcome.Violation is not { } violation)
                    continue;
                // A bug that is found is found again, by the same steps.
                var again = Run(seed, make());
                var line = $"{bug.Name,-12} {bug.What}: seed {seed}, {violation.Invariant}: {violation.Message}";
                if (!Same(outcome, again) || again.Violation != violation)
                    return (false, $"DIFFERS {line}");
                return (true, $"found  {line}{(seed == known ? "" : $" (seeds.txt has {known?.ToString(CultureInfo.InvariantCulture) ?? "none"})")}");
            }
            return (false, $"MISSED {bug.Name,-12} {bug.What}{(took ? "" : " (the statement that it is in was never seen)")}");
        }

        /// <summary>Each thread takes the next piece; a world never leaves the thread that it began on.</summary>
        private void InThreads(int count, Action<int> piece, Action<int>? progress)
        {
            var (next, done) = (0, 0);
            var threads = Enumerable.Range(0, Math.Min(options.Threads, Math.Max(1, count))).Select(_ => new Thread(() =>
            {
                for (int i; (i = Interlocked.Increment(ref next) - 1) < count;)
                {
                    piece(i);
                    progress?.Invoke(Interlocked.Increment(ref done));
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
        }

        private void Progress(Outcome?[] outcomes, int done, Stopwatch watch)
        {
            if (done % ProgressEvery == 0 && done < options.Seeds && !options.Trace)
                Console.WriteLine(FormattableString.Invariant(
                    $"{done} of {options.Seeds} seeds, {outcomes.Count(outcome => outcome?.Violation is not null)} failed, {watch.Elapsed.TotalSeconds:F0} s"));
        }

        private Outcome Run(long seed, Sabotage? sabotage)
        {
            using var world = new World(seed, sabotage, options.Trace ? Console.Out : null);
            try
            {
                world.Run();
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                world.Fail("the simulation runs", failure.ToString());
            }
            return new Outcome(
                seed, world.Violation, world.Trace.Hash, world.Trace.Lines, world.Invariants.Commits, TimeSpan.FromTicks(world.Agenda.Now).TotalHours,
                [.. world.Trace.Last], sabotage?.Took ?? true);
        }

        private static bool Same(Outcome first, Outcome second)
        {
            if (first.Hash == second.Hash)
                return true;
            Console.WriteLine($"seed {first.Seed} did not replay: {first.Lines} lines {first.Hash}, then {second.Lines} lines {second.Hash}");
            return false;
        }

        private static void Show(Outcome outcome)
        {
            Console.WriteLine($"seed {outcome.Seed} failed. {outcome.Violation!.Invariant}: {outcome.Violation.Message}");
            foreach (var line in outcome.Last)
                Console.WriteLine("  " + line);
            Console.WriteLine($"  trace {outcome.Hash}; replay with ./test sim --from {outcome.Seed} --seeds 1 --trace");
        }

        /// <summary>One hash for all traces, in the order of the seeds.</summary>
        private static string Fold(Outcome[] outcomes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.ASCII.GetBytes(string.Concat(outcomes.Select(outcome => outcome.Hash)))).AsSpan(0, 8));
    }
}
