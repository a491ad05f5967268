using System.Text;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Iam;

namespace Godwit.Server.Http;

/// <summary>The query protocol: a form in the body or parameters in the URL, an answer in XML.</summary>
internal sealed class QueryForm
{
    private readonly Dictionary<string, string> _values;

    private QueryForm(Dictionary<string, string> values) => _values = values;

    public string Action => _values.GetValueOrDefault("Action", "");

    public string Version => _values.GetValueOrDefault("Version", "");

    public IamForm Parameters => new(_values);

    /// <summary>Null if the parameters are not percent-encoded UTF-8.</summary>
    public static QueryForm? Read(Exchange exchange, byte[] body)
    {
        var encoded = exchange.Request.Method == "POST" && body.Length > 0 ? Encoding.UTF8.GetString(body) : exchange.Request.RawQuery;
        // In a form, unlike in a URL that is signed, a plus sign is a space.
        if (PercentText.Query(encoded.Replace('+', ' ')) is not { } pairs)
            return null;
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in pairs)
            form[name] = value;
        return new QueryForm(form);
    }

    public static ServiceError Malformed => new("MalformedQueryString", 400, "The parameters are not percent-encoded UTF-8.");

    /// <summary>AWS's answer to an action that a query service does not know.</summary>
    public ServiceError NotServed(string service) => new(
        "InvalidAction", 400,
        Action.Length == 0
            ? $"Missing Action; the service '{service}' is called with Action and Version as a form."
            : $"Could not find operation {Shortened(Action)} for version {Shortened(Version)}: it is not served by Godwit, docs/compatibility.md lists the operations that are.");

    /// <summary>Answers with the content of the action's Result element; without content there is no such element.</summary>
    public Task Answer(Exchange exchange, string xmlNamespace, XElement[] content)
    {
        XNamespace ns = xmlNamespace;
        var answer = new XElement(
            ns + $"{Action}Response",
            content.Length > 0 ? new XElement(ns + $"{Action}Result", content.Select(element => In(ns, element))) : null,
            new XElement(ns + "ResponseMetadata", new XElement(ns + "RequestId", exchange.RequestId)));
        return exchange.Send(200, "text/xml", ErrorWriter.Xml(answer.Save));
    }

    private static XElement In(XNamespace ns, XElement element) =>
        element.HasElements ? new XElement(ns + element.Name.LocalName, element.Elements().Select(child => In(ns, child))) : new XElement(ns + element.Name.LocalName, element.Value);

    private static string Shortened(string text) => text.Length > 64 ? text[..64] : text;
}
