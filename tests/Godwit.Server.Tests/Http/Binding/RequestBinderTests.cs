using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Godwit.Core;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Tests.Http.Binding;

public sealed class RequestBinderTests
{
    private const string Job = """ "targets":["arn:aws:iot:us-east-1:000000000000:thing/dev7"] """;

    [Fact]
    public void Several_violations_are_counted_and_joined_in_the_measured_order()
    {
        var error = Refuse("UpdateJob", """
            {"abortConfig":{"criteriaList":[{"failureType":"BROKEN","action":"STOP","thresholdPercentage":101,"minNumberOfExecutedThings":0}]},
             "presignedUrlConfig":{"expiresInSec":59},"jobExecutionsRolloutConfig":{"maximumPerMinute":0}}
            """, ("jobId", "j1"));
        Assert.Equal("InvalidRequestException", error.Code);
        Assert.Equal(
            "6 validation errors detected: "
            + "Value '0' at 'jobExecutionsRolloutConfig.maximumPerMinute' failed to satisfy constraint: Member must have value greater than or equal to 1; "
            + "Value '59' at 'presignedUrlConfig.expiresInSec' failed to satisfy constraint: Member must have value greater than or equal to 60; "
            + "Value '0' at 'abortConfig.criteriaList.1.member.minNumberOfExecutedThings' failed to satisfy constraint: Member must have value greater than or equal to 1; "
            + "Value 'BROKEN' at 'abortConfig.criteriaList.1.member.failureType' failed to satisfy constraint: Member must satisfy enum value set: [FAILED, REJECTED, TIMED_OUT, ALL]; "
            + "Value 'STOP' at 'abortConfig.criteriaList.1.member.action' failed to satisfy constraint: Member must satisfy enum value set: [CANCEL]; "
            + "Value '101.0' at 'abortConfig.criteriaList.1.member.thresholdPercentage' failed to satisfy constraint: Member must have value less than or equal to 100",
            error.Message);
    }

    [Theory]
    [InlineData("CreateStream", """{"files":[{"fileId":1,"s3Location":{"bucket":"b","key":"k"}}]}""",
        "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null")]
    [InlineData("CreateStream", """{"roleArn":"arn:aws:iam::000000000000:role/r","files":[]}""",
        "1 validation error detected: Value '[]' at 'files' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("CreateStream", """{"roleArn":"arn:aws:iam::000000000000:role/r","files":[{"fileId":256}]}""",
        "1 validation error detected: Value '256' at 'files.1.member.fileId' failed to satisfy constraint: Member must have value less than or equal to 255")]
    [InlineData("CreateStream", """{"roleArn":"arn:aws:iam::000000000000:role/r","files":[null]}""",
        "1 validation error detected: Value null at 'files.1.member' failed to satisfy constraint: Member must not be null")]
    [InlineData("CreateJob", """{"targets":["t"],"jobExecutionsRetryConfig":{"criteriaList":[{"failureType":"FAILED","numberOfRetries":1},{"failureType":"FAILED","numberOfRetries":2},{"failureType":"ALL","numberOfRetries":3}]}}""",
        "1 validation error detected: Value '[RetryCriteria(failureType=FAILED, numberOfRetries=1), RetryCriteria(failureType=FAILED, numberOfRetries=2), RetryCriteria(failureType=ALL, numberOfRetries=3)]' "
        + "at 'jobExecutionsRetryConfig.criteriaList' failed to satisfy constraint: Member must have length less than or equal to 2")]
    [InlineData("CreateThing", """{"attributePayload":{"attributes":{"a b":"x"}}}""",
        "1 validation error detected: Value '{a b=x}' at 'attributePayload.attributes' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, "
        + "Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: [a-zA-Z0-9_.,@/:#-]+]")]
    [InlineData("CreateOTAUpdate", """{"protocols":["FTP","MQTT"],"targets":["t"],"files":[{}],"roleArn":"arn:aws:iam::000000000000:role/r"}""",
        "1 validation error detected: Value '[FTP, MQTT]' at 'protocols' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [MQTT, HTTP]]")]
    public void A_violation_reads_as_awss_does(string operation, string body, string message)
    {
        var error = Refuse(operation, body, ("streamId", "s1"), ("jobId", "j1"), ("thingName", "dev7"), ("otaUpdateId", "u1"));
        Assert.Equal(400, error.Status);
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void An_empty_label_breaks_its_pattern_and_its_length()
    {
        var error = Refuse("GetOTAUpdate", "", ("otaUpdateId", ""));
        Assert.Equal(
            "2 validation errors detected: Value '' at 'otaUpdateId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+; "
            + "Value '' at 'otaUpdateId' failed to satisfy constraint: Member must have length greater than or equal to 1", error.Message);
    }

    [Fact]
    public void A_sensitive_value_is_not_repeated()
    {
        var secret = new Shape("Secret", ShapeKind.String) { Max = 3, IsSensitive = true };
        var input = new Shape("In", ShapeKind.Structure) { Members = [new("secret", "secret", secret, MemberLocation.Body, IsRequired: true, IsJsonText: false)] };
        var refused = RequestBinder.Bind(
            new OperationModel("iot", "X", "POST", "/x", input, null, ["InvalidRequestException"]), Parts("""{"secret":"hunter2"}"""), new ArrayBufferWriter<byte>());
        Assert.Equal(
            "1 validation error detected: Value at 'secret' failed to satisfy constraint: Member must have length less than or equal to 3", refused?.Message);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{} {}")]
    [InlineData("{\"targets\":[],\"targets\":[]}")]
    [InlineData("{'targets':[]}")]
    [InlineData("\u0000")]
    [InlineData("{\"description\":\"\\ud800\"," + Job + "}")]
    [InlineData("{\"\\ud800\":1," + Job + "}")]
    [InlineData("{\"description\":7," + Job + "}")]
    [InlineData("{\"description\":{}," + Job + "}")]
    [InlineData("{\"targets\":{}}")]
    [InlineData("{\"targets\":[7]}")]
    [InlineData("{\"timeoutConfig\":[]," + Job + "}")]
    [InlineData("{\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":\"7\"}," + Job + "}")]
    [InlineData("{\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":7.5}," + Job + "}")]
    [InlineData("{\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":1e30}," + Job + "}")]
    public void What_cannot_be_read_is_a_serialization_exception(string body)
    {
        var error = Refuse("CreateJob", body, ("jobId", "j1"));
        Assert.Equal("SerializationException", error.Code);
        Assert.Equal(400, error.Status);
    }

    [Fact]
    public void A_wrong_type_is_named_with_its_place()
    {
        var error = Refuse("CreateOTAUpdate", """{"targets":["t"],"roleArn":"r","files":[{"fileType":"7"}]}""", ("otaUpdateId", "u"));
        Assert.Equal("STRING_VALUE can not be converted to an Integer (at 'files.1.member.fileType')", error.Message);
    }

    [Fact]
    public void Deep_nesting_is_refused_and_not_followed() =>
        Assert.Equal("SerializationException", Refuse("CreateJob", $"{{\"x\":{new string('[', 100_000)}", ("jobId", "j")).Code);

    [Fact]
    public void A_million_unknown_members_are_passed_over()
    {
        var body = new StringBuilder("{");
        for (var i = 0; body.Length < RestJsonDoor.BodyBytesMax - 200; i++)
            body.Append(System.Globalization.CultureInfo.InvariantCulture, $"\"x{i}\":0,");
        var bound = Bind("CreateJob", body.Append(Job).Append('}').ToString(), ("jobId", "j"));
        Assert.Equal(2, bound.Count);
    }

    [Fact]
    public void Members_of_every_place_come_under_their_own_names()
    {
        var list = BindParts("ListStreams", new HttpParts(new Dictionary<string, string>(), PercentText.Query("isAscendingOrder=true&maxResults=7")!, _ => null, default));
        Assert.Equal("""{"maxResults":7,"ascendingOrder":true}""", list.ToJsonString());
        var principal = BindParts("AttachThingPrincipal", new HttpParts(
            new Dictionary<string, string> { ["thingName"] = "dev7" }, [], name => name == "x-amzn-principal" ? "arn:p" : null, default));
        Assert.Equal("arn:p", (string?)principal["principal"]);
        var tags = Bind("signer", "UntagResource", new HttpParts(
            new Dictionary<string, string> { ["resourceArn"] = "arn:r" }, PercentText.Query("tagKeys=a&tagKeys=b")!, _ => null, default));
        Assert.Equal("""["a","b"]""", tags["tagKeys"]!.ToJsonString());
    }

    [Theory]
    [InlineData("maxResults=seven")]
    [InlineData("maxResults=99999999999")]
    [InlineData("isAscendingOrder=1")]
    public void A_query_value_of_the_wrong_type_is_a_serialization_exception(string query)
    {
        var error = RequestBinder.Bind(Find("iot", "ListStreams"), new HttpParts(new Dictionary<string, string>(), PercentText.Query(query)!, _ => null, default), new ArrayBufferWriter<byte>());
        Assert.Equal("SerializationException", error?.Code);
    }

    [Fact]
    public void The_publish_body_is_taken_as_it_is()
    {
        var bound = Bind("iotdata", "Publish", new HttpParts(
            new Dictionary<string, string> { ["topic"] = "a/b" }, [], name => name == "x-amz-mqtt5-user-properties" ? "W3siYSI6ImIifV0=" : null, new byte[] { 0, 255, 7 }));
        Assert.Equal("AP8H", (string?)bound["payload"]);
        Assert.Equal("""[{"a":"b"}]""", (string?)bound["userProperties"]);
    }

    [Theory]
    [InlineData(101, "101.0")]
    [InlineData(0.5, "0.5")]
    [InlineData(-2, "-2.0")]
    [InlineData(0, "0.0")]
    [InlineData(1e7, "1.0E7")]
    [InlineData(123456789.125, "1.23456789125E8")]
    [InlineData(0.0001, "1.0E-4")]
    [InlineData(-0.00012, "-1.2E-4")]
    public void Doubles_are_printed_as_java_prints_them(double number, string text) => Assert.Equal(text, JavaText.Of(number));

    [Fact]
    public void A_double_reads_back_as_itself() =>
        Gen.Double.Where(double.IsFinite).Sample(number => double.Parse(JavaText.Of(number), System.Globalization.CultureInfo.InvariantCulture) == number);

    [Fact]
    public void Random_bytes_never_do_more_than_be_refused()
    {
        var operation = Find("iot", "CreateOTAUpdate");
        Gen.Byte.Array[0, 200].Sample(body =>
        {
            var error = RequestBinder.Bind(operation, Parts(body, ("otaUpdateId", "u")), new ArrayBufferWriter<byte>());
            return error is { Status: 400 };
        }, iter: 5000);
    }

    [Fact]
    public void A_valid_request_with_one_byte_changed_is_bound_or_refused()
    {
        foreach (var name in (string[])["CreateOTAUpdate", "CreateJob", "CreateStream", "CreateThing", "CreatePolicy"])
        {
            var operation = Find("iot", name);
            var (_, body, _) = ModelCases.ToHttp(operation, ModelCases.Valid(operation));
            Gen.Select(Gen.Int[0, body.Length - 1], Gen.Byte).Sample((at, value) =>
            {
                var changed = body.ToArray();
                changed[at] = value;
                var error = RequestBinder.Bind(operation, Parts(changed, ("otaUpdateId", "u"), ("jobId", "j"), ("streamId", "s"), ("thingName", "t"), ("policyName", "p")), new ArrayBufferWriter<byte>());
                return error is null or { Status: 400, Code: "InvalidRequestException" or "SerializationException" };
            }, iter: 1000);
        }
    }

    private static OperationModel Find(string scope, string name) => ServiceCatalog.Find(scope)!.Operations.Single(o => o.Name == name);

    private static HttpParts Parts(string body, params (string Name, string Value)[] labels) => Parts(Encoding.UTF8.GetBytes(body), labels);

    private static HttpParts Parts(byte[] body, params (string Name, string Value)[] labels) =>
        new(labels.ToDictionary(l => l.Name, l => l.Value), [], _ => null, body);

    private static ServiceError Refuse(string operation, string body, params (string Name, string Value)[] labels) =>
        RequestBinder.Bind(Find("iot", operation), Parts(body, labels), new ArrayBufferWriter<byte>()) ?? throw new InvalidOperationException("It was bound.");

    private static JsonObject Bind(string operation, string body, params (string Name, string Value)[] labels) => BindParts(operation, Parts(body, labels));

    private static JsonObject BindParts(string operation, HttpParts parts) => Bind("iot", operation, parts);

    private static JsonObject Bind(string scope, string operation, HttpParts parts)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Null(RequestBinder.Bind(Find(scope, operation), parts, output));
        return JsonNode.Parse(output.WrittenSpan)!.AsObject();
    }
}
