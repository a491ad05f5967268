using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Iam;

namespace Godwit.Server.Http;

/// <summary>STS in the query protocol: who am I, and temporary keys.</summary>
public sealed class StsDoor(SessionOperations sessions, AccessControl access)
{
    private const string Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    private const int UnsignedBodyMax = 64 * 1024;

    /// <summary>Calls that come without a signature: they would bring the token of an identity provider.</summary>
    private static readonly string[] Unsigned = ["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"];

    internal async Task<ServiceError?> Serve(Exchange exchange, Signed signed, byte[] body)
    {
        if (QueryForm.Read(exchange, body) is not { } form)
            return QueryForm.Malformed;
        if (Unsigned.Contains(form.Action))
            return NoProviders(form.Action);
        if (!SessionOperations.Operations.Contains(form.Action))
            return form.NotServed("sts");
        exchange.Operation = $"sts.{form.Action}";
        var facts = RequestFacts.Of(exchange, signed.Caller.Region);
        // AWS: nobody can be forbidden to ask who he is, nor to take a session of his own.
        if (form.Action == "GetAccessKeyInfo" && access.Refuse(signed.Key!, "sts", "sts:GetAccessKeyInfo", "*", facts) is { } forbidden)
            return forbidden;
        var key = signed.Key!;
        Result<XElement[]> answer = form.Action switch
        {
            "AssumeRole" => await sessions.AssumeRole(key, signed.Caller, form.Parameters, facts, exchange.Aborted),
            "GetSessionToken" => await sessions.GetSessionToken(key, signed.Caller, form.Parameters, exchange.Aborted),
            "GetAccessKeyInfo" => sessions.GetAccessKeyInfo(form.Parameters),
            _ => sessions.GetCallerIdentity(key),
        };
        if (!answer.IsOk)
            return answer.Error;
        await form.Answer(exchange, Namespace, answer.Value);
        return null;
    }

    /// <summary>The refusal of a call to STS that carries no signature; null where the request is none.</summary>
    internal static async Task<ServiceError?> RefuseUnsigned(Exchange exchange)
    {
        var request = exchange.Request;
        if (request.Method != "POST" || request.RawPath != "/" || request.Header("content-type")?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
            return null;
        return await exchange.ReadBody(UnsignedBodyMax) is { } body && QueryForm.Read(exchange, body) is { } form && Unsigned.Contains(form.Action)
            ? NoProviders(form.Action)
            : null;
    }

    private static ServiceError NoProviders(string action) => new(
        "InvalidIdentityToken", 400, $"{action} needs an identity provider, and Godwit has none. Use an access key, or AssumeRole with one.");
}
