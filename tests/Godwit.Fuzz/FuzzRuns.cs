using System.Diagnostics;

namespace Godwit.Fuzz;

/// <summary>Runs cases of every decoder in threads; a case that throws, takes too long, allocates too much or differs from its reference is a failure.</summary>
internal sealed class FuzzRuns(Func<FuzzTarget[]> make, long cases, long from, string? only, int threads)
{
    private const int FailuresShown = 10;

    /// <summary>A case that takes longer is run again some times: the machine may have been busy, a decoder that is slow is slow each time.</summary>
    private static readonly TimeSpan s_timeMax = TimeSpan.FromMilliseconds(10);

    private const int TriesWhenSlow = 20;

    private long _next;
    private int _failures;

    public int Run()
    {
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work)).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return _failures;
    }

    private void Work()
    {
        const int share = 500;
        var (targets, random) = (make(), new FuzzRandom());
        // By its number alone a case belongs to a decoder, so that it can be run again alone.
        var turns = targets.SelectMany(target => Enumerable.Repeat(target, target.Share)).ToArray();
        while (_failures < FailuresShown && Interlocked.Add(ref _next, share) - share is var begin && begin < cases)
            for (var i = begin; i < Math.Min(cases, begin + share); i++)
            {
                var number = from + i;
                var target = only is null ? turns[number % turns.Length] : targets.First(each => each.Name == only);
                if (Case(target, random, number) is { } wrong)
                    Fail(target, number, wrong);
            }
    }

    private static string? Case(FuzzTarget target, FuzzRandom random, long number)
    {
        try
        {
            random.Begin(target.Name, number);
            var bytes = target.Make(random);
            var (before, begun) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            var wrong = target.Run();
            var (took, allocated) = (Stopwatch.GetElapsedTime(begun), GC.GetAllocatedBytesForCurrentThread() - before);
            if (allocated > target.BytesMax + (64L * bytes))
                return $"it allocates {allocated} bytes for {bytes}";
            for (var tries = 0; took > s_timeMax; tries++)
            {
                if (tries == TriesWhenSlow)
                    return $"it takes {took.TotalMilliseconds:F1} ms and more each time";
                begun = Stopwatch.GetTimestamp();
                target.Run();
                took = Stopwatch.GetElapsedTime(begun);
            }
            return wrong ?? target.Compare();
        }
        catch (Exception failure)
        {
            return failure.ToString();
        }
    }

    private void Fail(FuzzTarget target, long number, string wrong)
    {
        if (Interlocked.Increment(ref _failures) > FailuresShown)
            return;
        Console.WriteLine($"{target.Name}, case {number}: {wrong}\n  {target.Show()}\n  again: ./test fuzz --only {target.Name} --from {number} --cases 1");
    }
}
