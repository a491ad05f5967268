using System.Text;
using System.Xml;
using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Http;

/// <summary>STS in the query protocol: who am I. A form in the body or parameters in the URL; the answer is XML.</summary>
public static class StsDoor
{
    private const string Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    internal static async Task<ServiceError?> Serve(Exchange exchange, Caller caller, byte[] body)
    {
        var form = Form(exchange.Request.Method == "POST" && body.Length > 0 ? Encoding.UTF8.GetString(body) : exchange.Request.RawQuery);
        if (form is null)
            return new ServiceError("MalformedQueryString", 400, "The parameters are not percent-encoded UTF-8.");
        var action = form.GetValueOrDefault("Action", "");
        if (action != "GetCallerIdentity")
            return NotServed("sts", action, form.GetValueOrDefault("Version", ""));
        exchange.Operation = "sts.GetCallerIdentity";
        await exchange.Send(200, "text/xml", ErrorWriter.Xml(writer => WriteIdentity(writer, exchange, caller)));
        return null;
    }

    /// <summary>AWS's answer to an action that a query service does not know.</summary>
    internal static ServiceError NotServed(string service, string action, string version) => new(
        "InvalidAction", 400,
        action.Length == 0
            ? $"Missing Action; the service '{service}' is called with Action and Version as a form."
            : $"Could not find operation {Shortened(action)} for version {Shortened(version)}: it is not served by Godwit yet, docs/compatibility.md lists the operations that are.");

    private static void WriteIdentity(XmlWriter writer, Exchange exchange, Caller caller)
    {
        writer.WriteStartElement("GetCallerIdentityResponse", Namespace);
        writer.WriteStartElement("GetCallerIdentityResult", Namespace);
        writer.WriteElementString("Arn", Namespace, caller.Arn);
        // AWS: the root's user id is its account, a user's is an id of its own.
        writer.WriteElementString("UserId", Namespace, caller.Arn.EndsWith(":root", StringComparison.Ordinal) ? caller.Account : caller.AccessKeyId);
        writer.WriteElementString("Account", Namespace, caller.Account);
        writer.WriteEndElement();
        writer.WriteStartElement("ResponseMetadata", Namespace);
        writer.WriteElementString("RequestId", Namespace, exchange.RequestId);
        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static Dictionary<string, string>? Form(string encoded)
    {
        // In a form, unlike in a URL that is signed, a plus sign is a space.
        if (PercentText.Query(encoded.Replace('+', ' ')) is not { } pairs)
            return null;
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in pairs)
            form[name] = value;
        return form;
    }

    private static string Shortened(string text) => text.Length > 64 ? text[..64] : text;
}
