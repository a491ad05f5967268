using System.Text;
using System.Text.Json;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Tests;

/// <summary>
/// The tables of <c>docs/compatibility.md</c> for services that a model describes: every operation and every parameter by what the code says, with the
/// remarks of <c>docs/compatibility.json</c>. They stand between markers; the rest of the page is written by hand.
/// </summary>
internal static class CompatibilityPage
{
    public static string Path => System.IO.Path.Combine(HouseRules.Root(), "docs", "compatibility.md");

    private static string RemarksPath => System.IO.Path.Combine(HouseRules.Root(), "docs", "compatibility.json");

    /// <summary>The page as it should be: the one that is there, with its tables made anew.</summary>
    public static string Make(string page, ServedOperations served)
    {
        var remarks = Remarks();
        foreach (var service in ServiceCatalog.All)
        {
            var (begin, end) = ($"<!-- {service.Name}: made from the models and compatibility.json -->\n", $"<!-- end of {service.Name} -->");
            var from = page.IndexOf(begin, StringComparison.Ordinal);
            var to = page.IndexOf(end, StringComparison.Ordinal);
            Assert.True(from >= 0 && to > from, $"docs/compatibility.md has lost its markers '{begin.Trim()}' and '{end}'.");
            page = page[..(from + begin.Length)] + Table(service, served, remarks.GetValueOrDefault(service.Name) ?? []) + page[to..];
        }
        return page;
    }

    /// <summary>Remarks about operations or parameters that no model has, or that say of a refused operation how it is served.</summary>
    public static IEnumerable<string> Stale(ServedOperations served)
    {
        foreach (var (service, operations) in Remarks())
        {
            var models = ServiceCatalog.All.Single(known => known.Name == service).Operations.ToDictionary(operation => operation.Name);
            foreach (var (name, remark) in operations)
            {
                if (!models.TryGetValue(name, out var model))
                    yield return $"{service}.{name} is no operation";
                else if (!served.All.ContainsKey((service, name)))
                    yield return $"{service}.{name} is not served and needs no remark";
                else
                    foreach (var path in remark.Refused.Keys.Concat(remark.Ignored.Keys).Where(path => !Has(model.Input, path.Split('.'))))
                        yield return $"{service}.{name} has no parameter {path}";
            }
        }
    }

    private static string Table(JsonService service, ServedOperations served, Dictionary<string, Remark> remarks)
    {
        var table = new StringBuilder("| service | operation | state | parameters | what differs |\n|---|---|---|---|---|\n");
        foreach (var operation in service.Operations.OrderBy(operation => operation.Name, StringComparer.Ordinal))
        {
            var remark = remarks.GetValueOrDefault(operation.Name) ?? new Remark();
            var state = State(operation, served, remark);
            table.Append($"| {service.Name} | `{operation.Name}` | {state} | {Parameters(operation, state, remark)} | {Differs(operation, state, remark)} |\n");
        }
        return table.ToString();
    }

    private static string State(OperationModel operation, ServedOperations served, Remark remark) =>
        served.All.ContainsKey((operation.Service, operation.Name)) ? remark.Partly is null && remark.Refused.Count == 0 ? "done" : "partly"
        : RefusedOperations.WhyNot(operation.Service, operation.Name) is not null ? "refused"
        : "not yet";

    private static string Parameters(OperationModel operation, string state, Remark remark) => state is "refused" or "not yet" || operation.Input is null
        ? ""
        : string.Join(", ", operation.Input.Members.Select(member =>
            remark.Refused.ContainsKey(member.Name) ? $"~~{member.Name}~~" : remark.Ignored.ContainsKey(member.Name) ? $"*{member.Name}*" : member.Name));

    private static string Differs(OperationModel operation, string state, Remark remark)
    {
        var parts = new List<string?> { remark.Note, remark.Partly };
        parts.AddRange(remark.Refused.Select(refused => $"`{refused.Key}` is refused: {refused.Value}"));
        parts.AddRange(remark.Ignored.Select(ignored => $"`{ignored.Key}` is passed over: {ignored.Value}"));
        if (state == "refused")
            parts.Add($"{RefusedOperations.Of(operation).Code}: {RefusedOperations.WhyNot(operation.Service, operation.Name)}");
        return string.Join("; ", parts.OfType<string>());
    }

    private static bool Has(Shape? shape, ReadOnlySpan<string> path)
    {
        while (shape?.Kind is ShapeKind.List or ShapeKind.Map)
            shape = shape.Element;
        if (path.IsEmpty)
            return true;
        var name = path[0];
        return shape?.Members.FirstOrDefault(member => member.Name == name) is { } found && Has(found.Shape, path[1..]);
    }

    private static Dictionary<string, Dictionary<string, Remark>> Remarks() =>
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, Remark>>>(File.ReadAllText(RemarksPath), JsonSerializerOptions.Web)!;

    /// <param name="Note">What differs without taking anything away.</param>
    /// <param name="Partly">What is missing.</param>
    /// <param name="Refused">Parameters that are refused by name, with the reason.</param>
    /// <param name="Ignored">Parameters that change nothing, with the reason why that does no harm.</param>
    private sealed record Remark(string? Note = null, string? Partly = null)
    {
        public Dictionary<string, string> Refused { get; init; } = [];

        public Dictionary<string, string> Ignored { get; init; } = [];
    }
}
