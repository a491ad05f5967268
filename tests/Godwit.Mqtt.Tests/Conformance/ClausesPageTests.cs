using System.Reflection;
using System.Text;

namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>Every clause that binds a server has a test, and <c>docs/mqtt-clauses.md</c> says which.</summary>
public sealed class ClausesPageTests
{
    private static readonly (string Standard, IReadOnlyList<Clause> Clauses)[] Standards = [("3.1.1", Clauses311.All), ("5.0", Clauses5.All)];

    private static readonly ILookup<(string Standard, string Number), string> Tests = Tagged().ToLookup(tag => tag.Clause, tag => tag.Test);

    [Fact]
    public void Every_clause_that_binds_a_server_has_a_test_and_no_test_names_another_clause()
    {
        var untested = All().Where(row => row.Clause.IsOurs && row.Clause.Elsewhere is null && !Tests[(row.Standard, row.Clause.Number)].Any())
            .Select(row => $"{row.Standard} [MQTT-{row.Clause.Number}] {row.Clause.Asks}").ToList();
        Assert.True(untested.Count == 0, $"{untested.Count} clauses have no test:\n{string.Join('\n', untested)}");

        var known = All().Select(row => (row.Standard, row.Clause.Number)).ToHashSet();
        Assert.DoesNotContain(Tests, tag => !known.Contains(tag.Key));
        Assert.Equal((142, 251), (Clauses311.All.Count, Clauses5.All.Count)); // As many as Appendix B of either has.
        Assert.Equal(142 + 251, known.Count);
    }

    [Fact]
    public void Tests_of_other_projects_are_where_the_table_says()
    {
        foreach (var elsewhere in All().Select(row => row.Clause.Elsewhere).OfType<string>().Distinct())
        {
            var parts = elsewhere.Split(':');
            Assert.Contains($" {parts[1]}(", File.ReadAllText(Path.Combine(Root(), "tests", parts[0])), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_setting_that_a_departure_names_exists()
    {
        foreach (var aws in All().Select(row => row.Clause.Aws).OfType<string>())
        {
            foreach (var name in aws.Split('`').Where((part, index) => index % 2 == 1 && part.Contains('-', StringComparison.Ordinal)))
                Assert.Contains(name, MqttProfileSettings.Names);
        }
    }

    [Fact]
    public async Task The_page_has_every_clause_with_its_tests()
    {
        var ct = TestContext.Current.CancellationToken;
        var file = Path.Combine(Root(), "docs", "mqtt-clauses.md");
        var page = await File.ReadAllTextAsync(file, ct);
        const string begin = "<!-- made from the code -->\n", end = "<!-- end -->";
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, page.IndexOf(end, StringComparison.Ordinal));
        var made = page[..from] + Table() + page[to..];
        if (made != page && Environment.GetEnvironmentVariable("GODWIT_WRITE_PAGES") is { Length: > 0 })
            await File.WriteAllTextAsync(file, made, ct);
        else
            Assert.True(made == page, "docs/mqtt-clauses.md is not what the tests show. Run this test with GODWIT_WRITE_PAGES=1, and commit the page.");
    }

    private static string Table()
    {
        var page = new StringBuilder();
        foreach (var (standard, clauses) in Standards)
        {
            var (ours, departures) = (clauses.Count(clause => clause.IsOurs), clauses.Count(clause => clause.IsOurs && clause.Aws is not null));
            page.Append($"\n## MQTT {standard}\n\n{clauses.Count} clauses, of which {ours} bind this server: `standard` follows them all, `aws` {ours - departures}.\n\n");
            page.Append("| clause | binds | asks | `aws` | `standard` | shown by |\n|---|---|---|---|---|---|\n");
            foreach (var clause in clauses)
                page.Append($"| {clause.Number} | {clause.Duty.ToString().ToLowerInvariant()} | {clause.Asks} | {Follows(clause, clause.Aws)} | {Follows(clause, null)} | {ShownBy(standard, clause)} |\n");
        }

        return page.Append('\n').ToString();
    }

    private static string Follows(Clause clause, string? departure) => departure ?? (clause.IsOurs ? "yes" : clause.Applies ? "" : "does not occur");

    private static string ShownBy(string standard, Clause clause)
    {
        var tests = Tests[(standard, clause.Number)].Order(StringComparer.Ordinal).ToList();
        if (clause.Elsewhere is { } elsewhere)
            tests.Add($"{Path.GetFileNameWithoutExtension(elsewhere.Split(':')[0])}: {elsewhere.Split(':')[1]}");
        return string.Join("; ", tests.Select(test => test.Replace('_', ' ')));
    }

    private static IEnumerable<(string Standard, Clause Clause)> All() =>
        Standards.SelectMany(pair => pair.Clauses.Select(clause => (pair.Standard, clause)));

    private static IEnumerable<((string, string) Clause, string Test)> Tagged() =>
        from type in typeof(ClausesPageTests).Assembly.GetTypes()
        from method in type.GetMethods()
        from tag in method.GetCustomAttributes<ClauseAttribute>()
        from number in tag.Numbers
        select ((tag.Standard, number), $"{type.Name}: {method.Name}");

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Godwit.slnx")))
            folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar)) ?? throw new DirectoryNotFoundException("Godwit.slnx");
        return folder;
    }
}
