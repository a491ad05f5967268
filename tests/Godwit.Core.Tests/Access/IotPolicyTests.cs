using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Godwit.Core.Access;

namespace Godwit.Core.Tests.Access;

public class IotPolicyTests
{
    private const string Account = "111122223333";
    private const string Region = "eu-west-1";
    private const string Root = "arn:aws:iot:eu-west-1:111122223333:";

    private static readonly PolicyContext Dev7 = PolicyContext.Empty
        .With("iot:ClientId", "dev7")
        .With("iot:Connection.Thing.ThingName", "dev7")
        .With("iot:Connection.Thing.IsAttached", "true")
        .With("aws:SourceIp", "192.168.1.20")
        .With("iot:ConnectAttributes", "PersistentConnect", "LastWill");

    private const string OtaPolicy = """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:eu-west-1:111122223333:client/${iot:Connection.Thing.ThingName}"},
          {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":["arn:aws:iot:eu-west-1:111122223333:topic/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*",
            "arn:aws:iot:eu-west-1:111122223333:topic/$aws/things/${iot:Connection.Thing.ThingName}/streams/*"]},
          {"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:eu-west-1:111122223333:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*"}]}
        """;

    [Fact]
    public void The_OTA_policy_of_the_guide_opens_a_devices_own_topics_alone()
    {
        var device = Evaluator(OtaPolicy);
        Assert.True(device.Allows(IotAction.Connect, "dev7"));
        Assert.False(device.Allows(IotAction.Connect, "dev8"));
        Assert.True(device.Allows(IotAction.Publish, "$aws/things/dev7/jobs/$next/get"));
        Assert.True(device.Allows(IotAction.Receive, "$aws/things/dev7/streams/s/data/cbor"));
        Assert.False(device.Allows(IotAction.Publish, "$aws/things/dev8/jobs/$next/get"));
        Assert.False(device.Allows(IotAction.Publish, "$aws/things/dev7/shadow/update"));
        Assert.True(device.Allows(IotAction.Subscribe, "$aws/things/dev7/jobs/$next/get/#"));
        Assert.False(device.Allows(IotAction.Subscribe, "$aws/things/+/jobs/notify-next"));
        Assert.False(device.Allows(IotAction.RetainPublish, "$aws/things/dev7/jobs/x"));
    }

    [Fact]
    public void A_variable_without_a_value_matches_nothing()
    {
        var stranger = PolicyEvaluator.Compile([IotPolicy.Parse(OtaPolicy).Value], PolicyContext.Empty.With("iot:ClientId", "dev7"), Account, Region);
        Assert.False(stranger.Allows(IotAction.Connect, "dev7"));
        Assert.False(stranger.Allows(IotAction.Connect, ""));
        Assert.False(stranger.Allows(IotAction.Connect, "${iot:Connection.Thing.ThingName}"));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("a+b")]
    [InlineData("#")]
    [InlineData("what?")]
    [InlineData("$aws")]
    public void A_value_with_a_character_of_patterns_or_filters_is_not_put_in(string clientId)
    {
        var policy = Policy("""{"Effect":"Allow","Action":"iot:*","Resource":"arn:aws:iot:eu-west-1:111122223333:topicfilter/up/${iot:ClientId}"}""");
        var device = PolicyEvaluator.Compile([policy], PolicyContext.Empty.With("iot:ClientId", clientId), Account, Region);
        Assert.False(device.Allows(IotAction.Subscribe, "up/" + clientId));
        Assert.False(device.Allows(IotAction.Subscribe, "up/other"));
    }

    [Theory]
    [InlineData("topic/a/*", "a/b/c", true)]
    [InlineData("topic/a/*", "a", false)]
    [InlineData("topic/a/?", "a/b", true)]
    [InlineData("topic/a/?", "a/bc", false)]
    [InlineData("topic/a/+", "a/b", false)]
    [InlineData("topic/a/+", "a/+", true)]
    [InlineData("topic/A", "a", false)]
    [InlineData("topic/${*}/${?}/${$}", "*/?/$", true)]
    [InlineData("topic/${*}", "x", false)]
    [InlineData("*", "anything", true)]
    [InlineData("top*c/a", "a", true)]
    [InlineData("t*", "a/b", true)]
    [InlineData("client/a", "a", false)]
    [InlineData("topic/*b*d", "abcd", true)]
    [InlineData("topic/*b*d", "abc", false)]
    public void Wildcards_cross_levels_and_filters_are_plain_text(string resource, string topic, bool allowed)
    {
        var device = Evaluator(Text($$"""{"Effect":"Allow","Action":"iot:Publish","Resource":"{{(resource == "*" ? "" : Root)}}{{resource}}"}"""));
        Assert.Equal(allowed, device.Allows(IotAction.Publish, topic));
        Assert.Equal(allowed, device.Allows("iot:Publish", $"{Root}topic/{topic}"));
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("arn:aws:iot:*:*:topic/a", true)]
    [InlineData("arn:aws:iot:us-east-1:111122223333:topic/a", false)]
    [InlineData("arn:aws:iot:eu-west-1:000000000000:topic/a", false)]
    [InlineData("arn:*/a", true)]
    public void Region_and_account_are_those_of_the_certificate(string resource, bool allowed) =>
        Assert.Equal(allowed, Evaluator(Text("""{"Effect":"Allow","Action":"*","Resource":"R"}""").Replace("\"R\"", $"\"{resource}\"")).Allows(IotAction.Publish, "a"));

    [Theory]
    [InlineData("iot:Publish", true)]
    [InlineData("IOT:publish", true)]
    [InlineData("iot:Pub*", true)]
    [InlineData("iot:*", true)]
    [InlineData("*", true)]
    [InlineData("iot:Publis?", true)]
    [InlineData("iot:Receive", false)]
    [InlineData("sns:*", false)]
    public void Actions_are_patterns_compared_without_case(string action, bool allowed) =>
        Assert.Equal(allowed, Evaluator(Text($$"""{"Effect":"Allow","Action":"{{action}}","Resource":"*"}""")).Allows(IotAction.Publish, "a"));

    [Fact]
    public void A_deny_wins_wherever_it_stands()
    {
        var policy = Text("""{"Effect":"Deny","Action":"iot:Publish","Resource":"arn:aws:iot:*:*:topic/secret/*"},{"Effect":"Allow","Action":"*","Resource":"*"}""");
        Assert.False(Evaluator(policy).Allows(IotAction.Publish, "secret/a"));
        Assert.True(Evaluator(policy).Allows(IotAction.Publish, "open/a"));
        Assert.True(Evaluator(policy).Allows(IotAction.Subscribe, "secret/a"));
    }

    [Fact]
    public void NotAction_and_NotResource_mean_all_others()
    {
        var notAction = Evaluator(Text("""{"Effect":"Allow","NotAction":"iot:Publish","Resource":"*"}"""));
        Assert.False(notAction.Allows(IotAction.Publish, "a"));
        Assert.True(notAction.Allows(IotAction.Receive, "a"));
        var notResource = Evaluator(Text("""{"Effect":"Allow","Action":"*","NotResource":["arn:aws:iot:*:*:topic/a","arn:aws:iot:*:*:topic/b*"]}"""));
        Assert.False(notResource.Allows(IotAction.Publish, "a"));
        Assert.False(notResource.Allows(IotAction.Publish, "bc"));
        Assert.True(notResource.Allows(IotAction.Publish, "c"));
        Assert.True(notResource.Allows(IotAction.Connect, "a"));
    }

    [Fact]
    public void An_unresolved_NotResource_closes_and_never_opens()
    {
        const string variable = "arn:aws:iot:*:*:topic/${iot:Certificate.Subject.CommonName}";
        Assert.False(Evaluator(Text($$"""{"Effect":"Allow","Action":"*","NotResource":"{{variable}}"}""")).Allows(IotAction.Publish, "a"));
        Assert.False(Evaluator(Text($$"""{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","NotResource":"{{variable}}"}"""))
            .Allows(IotAction.Publish, "a"));
        Assert.True(Evaluator(Text($$"""{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"{{variable}}"}"""))
            .Allows(IotAction.Publish, "a"));
    }

    [Theory]
    [InlineData("""{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}""", true)]
    [InlineData("""{"Bool":{"iot:Connection.Thing.IsAttached":[false]}}""", false)]
    [InlineData("""{"StringEquals":{"iot:ClientId":["x","${iot:Connection.Thing.ThingName}"]}}""", true)]
    [InlineData("""{"StringNotEquals":{"iot:ClientId":["x","dev7"]}}""", false)]
    [InlineData("""{"StringNotEquals":{"iot:ClientId":"x"}}""", true)]
    [InlineData("""{"StringNotEquals":{"iot:Unknown":"x"}}""", true)]
    [InlineData("""{"StringEquals":{"iot:Unknown":"x"}}""", false)]
    [InlineData("""{"StringEqualsIfExists":{"iot:Unknown":"x"}}""", true)]
    [InlineData("""{"StringEqualsIgnoreCase":{"IOT:clientid":"DEV7"}}""", true)]
    [InlineData("""{"StringLike":{"iot:ClientId":"d?v*"}}""", true)]
    [InlineData("""{"StringNotLike":{"iot:ClientId":"d?v*"}}""", false)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"192.168.0.0/16"}}""", true)]
    [InlineData("""{"NotIpAddress":{"aws:SourceIp":"192.168.1.20"}}""", false)]
    [InlineData("""{"Null":{"iot:Unknown":"true"}}""", true)]
    [InlineData("""{"Null":{"iot:ClientId":true}}""", false)]
    [InlineData("""{"ForAllValues:StringEquals":{"iot:ConnectAttributes":["PersistentConnect","LastWill"]}}""", true)]
    [InlineData("""{"ForAllValues:StringEquals":{"iot:ConnectAttributes":["LastWill"]}}""", false)]
    [InlineData("""{"ForAnyValue:StringEquals":{"iot:ConnectAttributes":["LastWill"]}}""", true)]
    [InlineData("""{"ForAllValues:StringEquals":{"iot:Unknown":["LastWill"]}}""", true)]
    [InlineData("""{"ForAnyValue:StringEquals":{"iot:Unknown":["LastWill"]}}""", false)]
    [InlineData("""{"NumericLessThan":{"iot:ClientId":5}}""", false)]
    [InlineData("""{"ArnLike":{"iot:ClientId":"*"}}""", true)]
    [InlineData("""{"StringEquals":{"iot:ClientId":"dev7"},"Bool":{"iot:Connection.Thing.IsAttached":"false"}}""", false)]
    [InlineData("""{"StringEquals":{"iot:ClientId":"${iot:Unknown}"}}""", false)]
    [InlineData("""{"StringNotEquals":{"iot:ClientId":"${iot:Unknown}"}}""", false)]
    public void A_condition_must_hold(string condition, bool allowed) =>
        Assert.Equal(allowed, Evaluator(Text("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":CONDITION}""".Replace("CONDITION", condition))).Allows(IotAction.Connect, "dev7"));

    [Fact]
    public void A_deny_on_a_comparison_that_cannot_be_made_stays() => Assert.False(Evaluator(Text(
        """{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"iot:ClientId":"${iot:Unknown}"}}}"""))
        .Allows(IotAction.Connect, "dev7"));

    [Theory]
    [InlineData("", "no valid JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("""{"Statement":[]}""", "Version")]
    [InlineData("""{"Version":"2012-10-17"}""", "Statement is missing")]
    [InlineData("""{"Version":"2012-10-17","Statement":[]}""", "Statement must be")]
    [InlineData("""{"Version":"2012-10-17","Statement":[1]}""", "statement 1 must be an object")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"*","Resource":"*"}}""", "Effect of statement 1")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*"}}""", "either Action or NotAction")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}""", "either Action or NotAction")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*"}}""", "either Resource or NotResource")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}""", "empty list")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":1,"Resource":"*"}}""", "text or a list")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}""", "unknown member 'Principal'")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringMatches":{"a":"b"}}}}""", "unknown operator 'StringMatches'")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}""", "no valid JSON")]
    [InlineData("""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"\ud800","Resource":"*"}}""", "surrogate")]
    public void A_malformed_document_is_refused_with_its_cause(string document, string cause)
    {
        var error = IotPolicy.Parse(document).Error;
        Assert.Equal(("MalformedPolicyException", 400), (error?.Code, error?.Status));
        Assert.Contains(cause, error!.Message);
    }

    [Fact]
    public void A_document_has_2048_characters_without_white_space()
    {
        var document = Text($$"""{"Sid":"{{new string('x', 1900)}}","Effect":"Allow","Action":"*","Resource":"*"}""");
        Assert.True(IotPolicy.Parse(document + new string(' ', 5000)).IsOk);
        Assert.False(IotPolicy.Parse(document.Replace("xx", "xxxx")).IsOk);
    }

    [Fact]
    public void The_first_language_version_knows_no_variables()
    {
        var policy = Text("""{"Effect":"Allow","Action":"*","Resource":"arn:aws:iot:*:*:topic/${iot:ClientId}"}""").Replace("2012", "2008");
        Assert.True(Evaluator(policy).Allows(IotAction.Publish, "${iot:ClientId}"));
        Assert.False(Evaluator(policy).Allows(IotAction.Publish, "dev7"));
    }

    [Fact]
    public void The_evaluator_agrees_with_a_plain_reference() =>
        Gen.Select(
                Gen.Select(Gen.Bool, GenAction, Gen.Bool, GenResource.Array[1, 3], Gen.Bool).Array[1, 4],
                Gen.Select(Gen.OneOf(IotAction.Connect, IotAction.Publish, IotAction.Receive, IotAction.Subscribe), GenName).Array[1, 6])
            .Sample((statements, checks) =>
            {
                var document = Text(string.Join(',', statements.Select(s => JsonSerializer.Serialize(new Dictionary<string, object>
                {
                    ["Effect"] = s.Item1 ? "Allow" : "Deny",
                    [s.Item3 ? "NotAction" : "Action"] = s.Item2,
                    [s.Item5 ? "NotResource" : "Resource"] = s.Item4,
                }))));
                var evaluator = Evaluator(document);
                foreach (var (action, name) in checks)
                {
                    var expected = Reference(document, $"iot:{action}", $"{Root}{action.ResourceKind()}{name}");
                    Assert.Equal(expected, evaluator.Allows(action, name));
                    Assert.Equal(expected, evaluator.Allows($"iot:{action}", $"{Root}{action.ResourceKind()}{name}"));
                }
            }, iter: 3_000);

    [Fact]
    public void A_check_allocates_nothing()
    {
        var device = Evaluator(OtaPolicy);
        Assert.True(device.Allows(IotAction.Receive, "$aws/things/dev7/streams/s/data/cbor"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            device.Allows(IotAction.Receive, "$aws/things/dev7/streams/s/data/cbor");
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Making_a_policy_ready_for_a_connection_allocates_little()
    {
        // Every CONNECT does it: a full house that comes back must not fill the heap.
        var policy = IotPolicy.Parse(OtaPolicy).Value;
        PolicyEvaluator.Compile([policy], Dev7, Account, Region);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            PolicyEvaluator.Compile([policy], Dev7, Account, Region);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 0, 8 * 1024);
    }

    [Theory]
    [InlineData("arn:aws:iot:*:*:topic/a")]
    [InlineData("arn:aws:iot:*topic/a")]
    [InlineData("*/a")]
    [InlineData("arn:aws:iot:eu-west-?:*1*:*/a")]
    public void A_wildcard_that_spans_the_beginning_of_an_ARN_leaves_what_stands_behind_it(string resource)
    {
        var device = Evaluator(Text($$"""{"Effect":"Allow","Action":"IOT:p?BLI*","Resource":"{{resource}}"}"""));
        Assert.True(device.Allows(IotAction.Publish, "a"));
        Assert.False(device.Allows(IotAction.Publish, "b"));
        Assert.False(device.Allows(IotAction.Receive, "a"));
    }

    [Fact]
    public void Hostile_patterns_cost_no_more_than_their_lengths_multiplied()
    {
        var device = Evaluator(Text($$"""{"Effect":"Allow","Action":"*","Resource":"arn:aws:iot:*:*:topic/{{string.Concat(Enumerable.Repeat("*a", 800))}}b"}"""));
        Assert.False(device.Allows(IotAction.Publish, new string('a', 65_000)));
    }

    [Fact]
    public void Any_broken_document_is_answered_and_never_thrown_at() =>
        Gen.Select(Gen.Int[0, OtaPolicy.Length - 1], Gen.Int[0, 40], Gen.String[0, 8]).Sample((at, length, inserted) =>
        {
            var end = Math.Min(OtaPolicy.Length, at + length);
            var parsed = IotPolicy.Parse(OtaPolicy[..at] + inserted + OtaPolicy[end..]);
            if (parsed.IsOk)
                PolicyEvaluator.Compile([parsed.Value], Dev7, Account, Region).Allows(IotAction.Publish, "x");
            else
                Assert.Equal("MalformedPolicyException", parsed.Error.Code);
        }, iter: 20_000);

    private static readonly Gen<string> GenName = Gen.OneOf('a', 'b', '/', '+', '*', '?').Array[0, 6].Select(chars => new string(chars));

    private static readonly Gen<string> GenAction = Gen.OneOf("iot:Publish", "iot:*", "*", "iot:Sub*", "iot:Receive", "iot:C?nnect", "iot:pub*");

    private static readonly Gen<string> GenResource = Gen.Select(
        Gen.OneOf(Root, "arn:aws:iot:*:*:", "arn:*:", "*", "arn:aws:iot:us-east-1:*:", "arn:aws:iot:??-west-1:*3:"),
        Gen.OneOf("topic/", "client/", "topicfilter/", "t*/", "*", ""),
        Gen.OneOf("a", "b", "/", "*", "?", "+", "${iot:ClientId}", "${*}", "${?}", "${iot:Unknown}").Array[0, 4],
        (head, kind, rest) => head + kind + string.Concat(rest));

    private static bool Reference(string document, string action, string resource)
    {
        var allowed = false;
        using var json = JsonDocument.Parse(document);
        foreach (var statement in json.RootElement.GetProperty("Statement").EnumerateArray())
        {
            var allow = statement.GetProperty("Effect").GetString() == "Allow";
            var notAction = statement.TryGetProperty("NotAction", out var actions);
            if (!notAction)
                actions = statement.GetProperty("Action");
            if (Regex.IsMatch(action, Pattern(actions.GetString()!)!, RegexOptions.IgnoreCase | RegexOptions.Singleline) == notAction)
                continue;
            var notResource = statement.TryGetProperty("NotResource", out var resources);
            if (!notResource)
                resources = statement.GetProperty("Resource");
            var patterns = resources.EnumerateArray().Select(item => Pattern(item.GetString()!)).ToList();
            if (notResource && allow && patterns.Contains(null))
                continue;
            if (patterns.Any(pattern => pattern is not null && Regex.IsMatch(resource, pattern, RegexOptions.Singleline)) == notResource)
                continue;
            if (!allow)
                return false;
            allowed = true;
        }

        return allowed;
    }

    private static string? Pattern(string text) => text.Contains("${iot:Unknown}") ? null : "\\A" + Regex.Escape(text)
        .Replace(Regex.Escape("${*}"), "\u0001").Replace(Regex.Escape("${?}"), "\u0002").Replace(Regex.Escape("${iot:ClientId}"), "dev7")
        .Replace("\\*", ".*").Replace("\\?", ".").Replace("\u0001", "\\*").Replace("\u0002", "\\?") + "\\z";

    private static string Text(string statements) => $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""";

    private static IotPolicy Policy(string statement) => IotPolicy.Parse(Text(statement)).Value;

    private static PolicyEvaluator Evaluator(string document) => PolicyEvaluator.Compile([IotPolicy.Parse(document).Value], Dev7, Account, Region);
}
