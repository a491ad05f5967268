using Godwit.Server.Http;
using Godwit.Server.Iam;
using Godwit.Server.Objects.S3;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests;

/// <summary>Holds <c>docs/compatibility.md</c> against the routing tables: it may neither promise what is not served nor hide what is.</summary>
public sealed class CompatibilityPageTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void Every_operation_and_topic_stands_on_the_page_with_the_state_it_has()
    {
        var page = Page();
        var wrong = new List<string>();
        foreach (var (service, name, served) in Everything())
        {
            var state = page.GetValueOrDefault((service, name));
            if (state is null)
                wrong.Add($"| {service} | {name} | {(served ? "done" : "not yet")} | |  is missing");
            else if (served != state is "done" or "partly")
                wrong.Add($"| {service} | {name} | is '{state}' on the page and {(served ? "served" : "not served")}");
        }
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Fact]
    public void The_page_has_no_operation_that_does_not_exist()
    {
        var known = Everything().Select(row => (row.Service, row.Name)).ToHashSet();
        Assert.All(Page().Keys, key => Assert.Contains(key, known));
    }

    private IEnumerable<(string Service, string Name, bool Served)> Everything()
    {
        var served = _server.Get<ServedOperations>().All;
        foreach (var service in ServiceCatalog.All)
            foreach (var operation in service.Operations)
                yield return (service.Name, operation.Name, served.ContainsKey((service.Name, operation.Name)));
        foreach (var operation in _server.Get<S3Door>().Operations)
            yield return ("s3", operation, true);
        foreach (var operation in SessionOperations.Operations)
            yield return ("sts", operation, true);
        foreach (var operation in _server.Get<IamOperations>().All.Keys)
            yield return ("iam", operation, true);
        foreach (var topics in _server.Get<IEnumerable<ITopicService>>())
            foreach (var topic in topics.RequestTopics)
                yield return ("mqtt", topics.StandsAlone ? $"$aws/{topics.Area}/{topic}" : $"$aws/things/{{thing}}/{topics.Area}/{topic}", true);
    }

    /// <summary>The rows <c>| service | name | state | note |</c> of the page.</summary>
    private static Dictionary<(string, string), string> Page()
    {
        return File.ReadLines(Path.Combine(HouseRules.Root(), "docs", "compatibility.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length >= 5 && cells[3] is "done" or "partly" or "not yet")
            .ToDictionary(cells => (cells[1], cells[2].Trim('`')), cells => cells[3]);
    }
}
