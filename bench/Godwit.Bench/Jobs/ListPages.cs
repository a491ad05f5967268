using System.Diagnostics;
using Godwit.Bench.Measuring;
using Godwit.Core;
using Godwit.Server;
using Godwit.Server.FleetIndexing;
using Godwit.Server.Jobs;
using Godwit.Server.Things;

namespace Godwit.Bench.Jobs;

/// <summary>Full pages of things and of jobs at any depth of a large account, against reading as many rows by their key; and a search through all things.</summary>
public static class ListPages
{
    private const int PageSize = 250;

    public static async Task<IEnumerable<JobsRow>> Measure(JobsStack stack, BenchOptions options, CancellationToken ct)
    {
        await FleetTables.Things(stack, "everybody", options.Things, ct);
        await FleetTables.Jobs(stack, options.Things, ct);
        using var bare = new BareTable(stack);
        var (things, jobs) = (stack.Get<ListThings>(), stack.Get<ListJobs>());
        var random = new Random(1);
        var (ofThings, ofJobs, limits) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        for (var round = -1; round < options.Rounds; round++)
        {
            var places = Enumerable.Range(0, options.Smoke ? 20 : 300).Select(_ => random.Next(options.Things - PageSize)).ToList();
            var thingTimes = await Time(places, async place => (await things.Handle(
                JobsStack.Operator, new ListThings.Request { NextToken = PageToken.Of(nameof(ListThings), "", FleetTables.Thing(place)) }, ct)).Map(page => page.Things.Count));
            var jobTimes = await Time(places, async place => (await jobs.Handle(
                JobsStack.Operator, new ListJobs.Request { NextToken = PageToken.Of(nameof(ListJobs), $"{place + PageSize + 1}", "0") }, ct)).Map(page => page.Jobs.Count));
            var limit = bare.ReadPages(places.Select(FleetTables.Thing), PageSize);
            if (round < 0)
                continue;
            ofThings.Add(thingTimes);
            ofJobs.Add(jobTimes);
            limits.Add(limit);
        }
        return [Row("page of ListThings", "things", ofThings), Row("page of ListJobs", "jobs", ofJobs), await Search(stack, options, ct)];

        JobsRow Row(string what, string of, LatencyHistogram times) => new(
            what, $"{options.Things:N0} {of}", stack.Name, UpdateRate.Microseconds(times, 0.5), "µs", UpdateRate.Microseconds(times),
            $"bare SELECT of {PageSize} rows", UpdateRate.Microseconds(limits, 0.5), UpdateRate.Microseconds(limits));
    }

    /// <summary>A term that no key helps with: every name is looked at.</summary>
    private static async Task<JobsRow> Search(JobsStack stack, BenchOptions options, CancellationToken ct)
    {
        await stack.Get<UpdateIndexingConfiguration>().Handle(
            JobsStack.Operator, new UpdateIndexingConfiguration.Request { ThingIndexingConfiguration = new ThingIndexingConfiguration { ThingIndexingMode = "REGISTRY" } }, ct);
        var search = stack.Get<SearchIndex>();
        var seconds = new List<double>();
        for (var round = 0; round < Math.Max(3, options.Rounds); round++)
        {
            var begun = Stopwatch.GetTimestamp();
            var found = await search.Handle(JobsStack.Operator, new SearchIndex.Request { QueryString = "thingName:t*7?7 AND NOT attributes.fw:1.0", MaxResults = 500 }, ct);
            seconds.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            if (!found.IsOk)
                throw new InvalidOperationException(found.Error.Message);
        }
        return new JobsRow("SearchIndex, first 500 of a pattern", $"{options.Things:N0} things", stack.Name, UpdateRate.Median(seconds), "s", seconds.Max(), "", 0, 0);
    }

    private static async Task<LatencyHistogram> Time(List<int> places, Func<int, Task<Result<int>>> ask)
    {
        var times = new LatencyHistogram();
        foreach (var place in places)
        {
            var begun = Stopwatch.GetTimestamp();
            var found = await ask(place);
            times.Record(Stopwatch.GetTimestamp() - begun);
            if (!found.IsOk || found.Value != PageSize)
                throw new InvalidOperationException($"A page at {place} has {(found.IsOk ? found.Value : found.Error.Message)} rows.");
        }
        return times;
    }
}
