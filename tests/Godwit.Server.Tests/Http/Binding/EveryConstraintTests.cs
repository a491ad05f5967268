using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Core;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Http.Binding;

/// <summary>Every constraint of every operation of every model with methods and paths, broken once. ACM, which has none, is in the tests of its door.</summary>
public sealed class EveryConstraintTests
{
    private static IEnumerable<OperationModel> Operations => ServiceCatalog.RestJson.SelectMany(service => service.Operations);

    [Fact]
    public void There_are_170_operations_and_more()
    {
        Assert.Equal(181, Operations.Count());
        Assert.InRange(Operations.SelectMany(ModelCases.Faults).Count(), 1000, 10_000);
    }

    [Fact]
    public void A_valid_request_of_every_operation_is_bound_with_all_its_members()
    {
        foreach (var operation in Operations)
        {
            var members = ModelCases.Valid(operation);
            var (error, bound) = Bind(operation, members);
            Assert.True(error is null, $"{operation.Name}: {error?.Message}");
            Assert.True(Names(members).IsSubsetOf(Names(bound!)), $"{operation.Name}: {bound}");
        }
    }

    [Fact]
    public void Each_constraint_broken_once_gives_the_exception_and_the_sentence()
    {
        foreach (var fault in Operations.SelectMany(ModelCases.Faults))
        {
            var (error, _) = Bind(fault.Operation, fault.Members);
            AssertRefused(fault, error?.Code, error?.Status, error?.Message);
        }
    }

    [Fact]
    public async Task Through_the_door_a_broken_constraint_of_a_served_operation_changes_nothing()
    {
        await using var server = await TestServer.Start();
        var served = server.Get<ServedOperations>().All;
        var before = await Journal(server);
        var tried = 0;
        foreach (var service in ServiceCatalog.RestJson)
        {
            using var client = server.Client(service.Name == "iot-data" ? "iotdata" : service.Name);
            foreach (var fault in service.Operations.Where(o => served.ContainsKey((service.Name, o.Name))).SelectMany(ModelCases.Faults).Where(f => f.FitsHttp))
            {
                var (path, body, headers) = ModelCases.ToHttp(fault.Operation, fault.Members);
                var answer = await client.Send(fault.Operation.Method, path, body, headers);
                Assert.True(answer.Exception is not null, $"{fault}: {answer.Status} {answer.Text}");
                AssertRefused(fault, answer.Exception, answer.Status, answer.Message);
                tried++;
            }
        }

        Assert.True(tried > 200, $"Only {tried} faults were tried.");
        Assert.Equal(before, await Journal(server));
    }

    private static void AssertRefused(ModelCases.Fault fault, string? code, int? status, string? message)
    {
        Assert.True(code == fault.Operation.ConstraintException && status == 400, $"{fault}: answered {status} {code} {message}");
        Assert.Contains(fault.Sentence, message, StringComparison.Ordinal);
        // Of a value past 80,000 characters the message repeats no more than that.
        if (fault.Value is { Length: <= 80_000 })
            Assert.Contains($"Value '{fault.Value}'{fault.Sentence}", message, StringComparison.Ordinal);
        var count = message!.Split(" failed to satisfy constraint: ").Length - 1;
        Assert.StartsWith($"{count} validation error{(count == 1 ? "" : "s")} detected: Value", message, StringComparison.Ordinal);
        // Nothing else was wrong with the request, so no other member may be blamed.
        Assert.Equal(count, message.Split($" at '{fault.Path}' failed").Length - 1);
    }

    private static (ServiceError? Error, JsonObject? Bound) Bind(OperationModel operation, JsonObject members)
    {
        var (path, body, headers) = ModelCases.ToHttp(operation, members);
        var parts = path.Split('?', 2);
        var match = new OperationTable([operation]).Match(operation.Method, parts[0]);
        Assert.True(match is not null, $"{operation.Name}: {path}");
        var query = PercentText.Query(parts.Length > 1 ? parts[1] : "")!;
        var output = new ArrayBufferWriter<byte>();
        var error = RequestBinder.Bind(
            operation, new HttpParts(match.Value.Labels, query, name => headers.FirstOrDefault(h => h.Key == name).Value, body), output);
        return error is null ? (null, JsonNode.Parse(output.WrittenSpan)!.AsObject()) : (error, null);
    }

    /// <summary>Names at every depth.</summary>
    private static HashSet<string> Names(JsonNode node, string prefix = "")
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in node is JsonObject members ? members : [])
        {
            names.Add(prefix + name);
            if (value is not null)
                names.UnionWith(Names(value, $"{prefix}{name}."));
        }

        if (node is JsonArray items)
            foreach (var item in items)
                names.UnionWith(Names(item!, prefix));
        return names;
    }

    private static Task<long> Journal(TestServer server) =>
        server.Get<Database>().Read(s => s.First<long>("SELECT coalesce(max(seq), 0) FROM journal"), TestContext.Current.CancellationToken);
}
