using System.Text.Json.Nodes;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;
using Godwit.Server.Tests.Attacks;
using Godwit.Server.Tests.Http.Binding;

namespace Godwit.Server.Tests.Http;

/// <summary>Every operation of every model is known: a signed request gets its answer, or an exception that the model lists for it.</summary>
public sealed class EveryOperationTests
{
    /// <summary>What every operation may answer though its model does not list it. AWS: Common errors.</summary>
    private static readonly HashSet<string> Common = ["ValidationException", "InvalidRequestException", "AccessDeniedException", "ThrottlingException"];

    /// <summary>The status of each exception of AWS IoT and its data planes, where it is not 400.</summary>
    private static readonly Dictionary<string, int> Statuses = new()
    {
        ["UnauthorizedException"] = 401, ["ResourceNotFoundException"] = 404, ["MethodNotAllowedException"] = 405, ["CertificateStateException"] = 406, ["ResourceAlreadyExistsException"] = 409,
        ["VersionConflictException"] = 409, ["InvalidStateTransitionException"] = 409, ["DeleteConflictException"] = 409, ["ConflictException"] = 409, ["TransferConflictException"] = 409,
        ["TransferAlreadyCompletedException"] = 410, ["LimitExceededException"] = 410,
    };

    /// <summary>
    /// Each is called as its model describes it, once with all members and once with those that it needs, on names that nobody has: what is answered can be no success for
    /// some, but it is never that the operation is unknown, nor a failure of the service.
    /// </summary>
    [Fact]
    public async Task A_signed_request_to_any_operation_is_answered_in_its_own_words()
    {
        await using var server = await TestServer.Start();
        var (wrong, called) = (new List<string>(), 0);
        foreach (var service in ServiceCatalog.All)
        {
            using var client = server.ClientOf(service, TestServer.Key);
            foreach (var operation in service.Operations)
            {
                foreach (var members in (JsonObject[])[Needed(operation), ModelCases.Valid(operation)])
                {
                    called++;
                    var answer = await client.Call(operation, members);
                    if (answer.Status < 300)
                        continue;
                    var exception = answer.Exception ?? (string?)JsonNode.Parse(answer.Text)!["__type"];
                    if (exception is null || answer.Status >= 500 || !(operation.Errors.Contains(exception) || Common.Contains(exception)))
                        wrong.Add($"{operation.Service}.{operation.Name}: {answer.Status} {exception} {answer.Text}");
                    else if (service.Name.StartsWith("iot", StringComparison.Ordinal) && answer.Status != Statuses.GetValueOrDefault(exception, 400))
                        wrong.Add($"{operation.Service}.{operation.Name}: {exception} with status {answer.Status}");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.True(called > 300, $"Only {called} calls were made.");
    }

    private static JsonObject Needed(OperationModel operation)
    {
        var members = ModelCases.Valid(operation);
        foreach (var member in operation.Input?.Members.Where(member => !member.IsRequired) ?? [])
            members.Remove(member.Name);
        return members;
    }
}
