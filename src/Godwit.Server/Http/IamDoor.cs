using Godwit.Core;
using Godwit.Server.Iam;

namespace Godwit.Server.Http;

/// <summary>IAM in the query protocol: roles, users, keys and policies.</summary>
public sealed class IamDoor(IamOperations operations, AccessControl access)
{
    private const string Namespace = "https://iam.amazonaws.com/doc/2010-05-08/";

    internal async Task<ServiceError?> Serve(Exchange exchange, Signed signed, byte[] body)
    {
        if (QueryForm.Read(exchange, body) is not { } form)
            return QueryForm.Malformed;
        if (!operations.All.TryGetValue(form.Action, out var operation))
            return form.NotServed("iam");
        exchange.Operation = $"iam.{form.Action}";
        var (key, call) = (signed.Key!, new IamCall(signed.Caller, form.Parameters, signed.Key!.UserName));
        if (!access.AllowsEverything(key)
            && access.Refuse(key, "iam", $"iam:{form.Action}", operation.Resource(call), RequestFacts.Of(exchange, signed.Caller.Region)) is { } forbidden)
            return forbidden;
        var answer = await operations.Run(operation, new IamCall(signed.Caller, form.Parameters, key.UserName), exchange.Aborted);
        if (!answer.IsOk)
            return answer.Error;
        await form.Answer(exchange, Namespace, answer.Value);
        return null;
    }
}
