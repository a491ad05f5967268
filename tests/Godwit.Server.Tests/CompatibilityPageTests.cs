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
    public void The_tables_are_what_the_code_says_of_every_operation_and_parameter()
    {
        var page = File.ReadAllText(CompatibilityPage.Path);
        var made = CompatibilityPage.Make(page, _server.Get<ServedOperations>());
        if (made != page && Environment.GetEnvironmentVariable("GODWIT_WRITE_PAGES") is { Length: > 0 })
            File.WriteAllText(CompatibilityPage.Path, made);
        else
            Assert.True(made == page, "docs/compatibility.md is not what the code says. Write your remarks into docs/compatibility.json, run this test with GODWIT_WRITE_PAGES=1, and commit the page.");
        Assert.Empty(CompatibilityPage.Stale(_server.Get<ServedOperations>()));
    }

    [Fact]
    public void Every_refusal_is_one_of_the_operations_own()
    {
        var refused = ServiceCatalog.All.SelectMany(service => service.Operations).Where(operation => RefusedOperations.WhyNot(operation.Service, operation.Name) is not null).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, operation =>
        {
            Assert.Contains(RefusedOperations.Of(operation).Code, operation.Errors);
            Assert.False(_server.Get<ServedOperations>().All.ContainsKey((operation.Service, operation.Name)), operation.Name + " is served and refused.");
        });
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
            .Where(cells => cells.Length >= 5 && cells[3] is "done" or "partly" or "refused" or "not yet")
            .ToDictionary(cells => (cells[1], cells[2].Trim('`')), cells => cells[3]);
    }
}
