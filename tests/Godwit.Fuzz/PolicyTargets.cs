using System.Text.Json;
using Godwit.Core.Access;

namespace Godwit.Fuzz;

/// <summary>Policies over a small alphabet, evaluated by the compiled form and by one that tries everything.</summary>
internal sealed class PolicyTarget : FuzzTarget
{
    private const string Account = "111122223333", Region = "eu-west-1", Root = "arn:aws:iot:eu-west-1:111122223333:";

    private static readonly PolicyContext s_device = PolicyContext.Empty.With("iot:ClientId", "dev7");

    private readonly List<(bool Allow, bool NotAction, string[] Actions, bool NotResource, string[] Resources)> _statements = [];
    private string _document = "";
    private IotAction _action;
    private string _name = "";
    private bool _allowed;

    public override string Name => "policies";

    public override int Share => 10;

    /// <summary>Compiling sorts every resource by every action.</summary>
    public override int BytesMax => 2 * 1024 * 1024;

    public override int Make(FuzzRandom random)
    {
        _statements.Clear();
        for (var i = 1 + random.Below(4); i > 0; i--)
            _statements.Add((
                random.Chance(65), random.Chance(20), Many(() => random.Pick("iot:Publish", "iot:*", "*", "iot:Sub*", "iot:Receive", "iot:C?nnect", "iot:pub*")), random.Chance(20),
                Many(() => random.Pick(Root, "arn:aws:iot:*:*:", "arn:*:", "*", "arn:aws:iot:us-east-1:*:", "arn:aws:iot:??-west-1:*3:")
                    + random.Pick("topic/", "client/", "topicfilter/", "t*/", "*", "") + Rest(random))));
        _document = JsonSerializer.Serialize(new
        {
            Version = "2012-10-17",
            Statement = _statements.Select(s => new Dictionary<string, object>
            {
                ["Effect"] = s.Allow ? "Allow" : "Deny", [s.NotAction ? "NotAction" : "Action"] = s.Actions, [s.NotResource ? "NotResource" : "Resource"] = s.Resources,
            }),
        });
        _action = random.Pick(IotAction.Connect, IotAction.Publish, IotAction.Receive, IotAction.Subscribe);
        _name = string.Concat(Enumerable.Range(0, random.Below(7)).Select(_ => random.Pick("a", "b", "/", "+", "*", "?", "dev7")));
        return _document.Length;

        string[] Many(Func<string> one) => [.. Enumerable.Range(0, 1 + random.Below(3)).Select(_ => one())];
    }

    public override string? Run()
    {
        var policy = IotPolicy.Parse(_document);
        if (!policy.IsOk)
            return policy.Error.Message;
        _allowed = PolicyEvaluator.Compile([policy.Value], s_device, Account, Region).Allows(_action, _name);
        return null;
    }

    public override string? Compare()
    {
        var (action, resource, allowed) = ($"iot:{_action}", $"{Root}{_action.ResourceKind()}{_name}", false);
        foreach (var statement in _statements)
        {
            if (Array.Exists(statement.Actions, pattern => Matches(pattern.ToLowerInvariant(), action.ToLowerInvariant())) == statement.NotAction)
                continue;
            // A pattern whose variable has no value matches nothing; where it is to keep an Allow off something, the Allow is for nothing.
            var patterns = Array.FindAll(statement.Resources, pattern => !pattern.Contains("${iot:Unknown}", StringComparison.Ordinal));
            if (statement is { NotResource: true, Allow: true } && patterns.Length < statement.Resources.Length)
                continue;
            if (Array.Exists(patterns, pattern => Matches(Filled(pattern), resource)) == statement.NotResource)
                continue;
            if (!statement.Allow)
            {
                allowed = false;
                break;
            }
            allowed = true;
        }
        return allowed == _allowed ? null : $"allowed: {_allowed}, by the reference {allowed}";
    }

    public override string Show() => $"iot:{_action} {_name} by {_document}";

    private static string Rest(FuzzRandom random) =>
        string.Concat(Enumerable.Range(0, random.Below(5)).Select(_ => random.Pick("a", "b", "/", "*", "?", "+", "${iot:ClientId}", "${*}", "${?}", "${iot:Unknown}")));

    private static string Filled(string pattern) =>
        pattern.Replace("${*}", "\u0001", StringComparison.Ordinal).Replace("${?}", "\u0002", StringComparison.Ordinal).Replace("${iot:ClientId}", "dev7", StringComparison.Ordinal);

    /// <summary>Tries every length for every star.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        if (pattern[0] == '*')
        {
            for (var taken = 0; taken <= text.Length; taken++)
                if (Matches(pattern[1..], text[taken..]))
                    return true;
            return false;
        }
        return !text.IsEmpty && (pattern[0] == '?' || pattern[0] switch { '\u0001' => '*', '\u0002' => '?', var c => c } == text[0]) && Matches(pattern[1..], text[1..]);
    }
}

/// <summary>Policy documents with pieces changed: read or refused by name, never thrown at, and always to be asked afterwards.</summary>
internal sealed class PolicyTextTarget : FuzzTarget
{
    private const string Document =
        """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}",
        "Condition":{"Bool":{"iot:Connection.Thing.IsAttached":["true"]}}},{"Sid":"b","Effect":"Deny","NotAction":["iot:Publish","iot:*"],
        "NotResource":["arn:aws:iot:eu-west-1:111122223333:topic/a/${iot:ClientId}/*"],"Condition":{"StringLike":{"iot:ClientId":"d?v*"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}
        """;

    private static readonly PolicyContext s_device = PolicyContext.Empty.With("iot:ClientId", "dev7").With("aws:SourceIp", "10.1.2.3");

    private string _document = "";

    public override string Name => "policy-documents";

    public override int Share => 10;

    public override int BytesMax => 2 * 1024 * 1024;

    public override int Make(FuzzRandom random)
    {
        var text = Document;
        for (var i = random.Below(4); i > 0; i--)
        {
            var at = random.Below(text.Length);
            text = text[..at] + random.Pick("", "", "{", "}", "[", "\"", "*", "${", "}", "\\ud800", "1e999", "null", ",", ":", "${aws:PrincipalTag/", "\0", "é")
                + text[Math.Min(text.Length, at + random.Below(20))..];
        }
        _document = text;
        return text.Length;
    }

    public override string? Run()
    {
        var policy = IotPolicy.Parse(_document);
        if (!policy.IsOk)
            return policy.Error.Code == "MalformedPolicyException" ? null : $"it is refused by {policy.Error.Code}";
        var device = PolicyEvaluator.Compile([policy.Value], s_device, "111122223333", "eu-west-1");
        device.Allows(IotAction.Publish, "a/b");
        device.Allows(IotAction.Connect, "dev7");
        return null;
    }

    public override string Show() => _document;
}
