using Godwit.Server.Http;
using Godwit.Server.Http.Binding;
using Godwit.Server.Tests.Http.Binding;
using Godwit.Server.Tests.Iam;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A11: of all cells of user × operation, exactly the allowed ones open.</summary>
public sealed class RightsMatrixTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A11_a_user_may_exactly_the_operation_that_the_policy_names()
    {
        var key = await _server.User("ann", null);
        var served = _server.Get<ServedOperations>().All;
        var operations = ServiceCatalog.All.SelectMany(service => service.Operations.Select(operation => (Service: service, Operation: operation)))
            .Where(row => served.ContainsKey((row.Operation.Service, row.Operation.Name))).ToList();
        Assert.True(operations.Count > 60, $"only {operations.Count} operations");
        var wrong = new List<string>();
        foreach (var (service, operation) in operations)
        {
            if (!await IsDenied(key, service, operation))
                wrong.Add($"{operation.Name} without any policy");
        }

        for (var i = 0; i < operations.Count; i++)
        {
            var action = ApiResources.Action(operations[i].Operation);
            var document = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["{{action}}","iam:PassRole"],"Resource":"*"}]}""";
            Assert.Equal(200, (await _server.Iam("PutUserPolicy", ("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", document))).Status);
            if (await IsDenied(key, operations[i].Service, operations[i].Operation))
                wrong.Add($"{operations[i].Operation.Name} with a policy for {action}");
            var next = operations[(i + 1) % operations.Count];
            if (ApiResources.Action(next.Operation) != action && !await IsDenied(key, next.Service, next.Operation))
                wrong.Add($"{next.Operation.Name} with a policy for {action}");
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    private async Task<bool> IsDenied(PresetAccessKey key, JsonService service, OperationModel operation)
    {
        using var client = _server.ClientOf(service, key);
        var answer = await client.Call(operation, ModelCases.Valid(operation));
        // Refusals of other rules (another account's signing profile) are not this one.
        return answer.Status is 400 or 403 && answer.Text.Contains($"because no identity-based policy allows the {ApiResources.Action(operation)} action", StringComparison.Ordinal);
    }
}
