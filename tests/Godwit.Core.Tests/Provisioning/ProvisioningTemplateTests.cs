using Godwit.Core.Provisioning;

namespace Godwit.Core.Tests.Provisioning;

public sealed class ProvisioningTemplateTests
{
    private const string Body =
        """
        {
          "Parameters": {"SerialNumber": {"Type": "String"}, "Region": {"Type": "String", "Default": "north"}, "Model": {"Type": "String", "Default": "m1"}, "AWS::IoT::Certificate::Id": {"Type": "String"}},
          "Mappings": {"Sites": {"north": {"Hall": "hall-1"}}},
          "Resources": {
            "thing": {"Type": "AWS::IoT::Thing", "Properties": {
                "ThingName": {"Fn::Join": ["-", ["dev", {"Ref": "SerialNumber"}]]},
                "AttributePayload": {"serial": {"Ref": "SerialNumber"}, "first": {"Fn::Select": ["0", {"Fn::Split": ["/", "a/b"]}]}, "text": {"Fn::Sub": "${Region}/${Model}"}},
                "ThingGroups": [{"Fn::FindInMap": ["Sites", {"Ref": "Region"}, "Hall"]}]},
              "OverrideSettings": {"AttributePayload": "MERGE", "ThingGroups": "DO_NOTHING"}},
            "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "Active"}},
            "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}}}
          },
          "DeviceConfiguration": {"url": {"Fn::Sub": "https://x/${SerialNumber}"}}
        }
        """;

    private static readonly Dictionary<string, string> Given = new() { ["SerialNumber"] = "77", ["AWS::IoT::Certificate::Id"] = "abc" };

    [Fact]
    public void Parameters_defaults_mappings_and_functions_find_their_places()
    {
        var plan = ProvisioningTemplate.Read(Body).Value.Resolve(Given).Value;
        Assert.Equal(("thing", "dev-77"), (plan.Thing!.LogicalId, plan.Thing.ThingName));
        Assert.Equal(new Dictionary<string, string> { ["serial"] = "77", ["first"] = "a", ["text"] = "north/m1" }, plan.Thing.Attributes);
        Assert.Equal("hall-1", Assert.Single(plan.Thing.ThingGroups));
        Assert.Equal(new ThingOverrides(Override.Merge, Override.Fail, Override.DoNothing), plan.Thing.Overrides);
        Assert.Equal(("abc", "ACTIVE"), (plan.Certificate!.CertificateId, plan.Certificate.Status));
        Assert.Contains("Statement", Assert.Single(plan.Policies).PolicyDocument, StringComparison.Ordinal);
        Assert.Equal("https://x/77", plan.DeviceConfiguration["url"]);
    }

    [Fact]
    public void A_parameter_that_is_not_given_is_named()
    {
        var refusal = ProvisioningTemplate.Read(Body).Value.Resolve(new Dictionary<string, string>()).Error!;
        Assert.Equal("InvalidRequestException", refusal.Code);
        Assert.Contains("SerialNumber", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "no JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("{}", "no Resources")]
    [InlineData("""{"Resources":{"x":{"Type":"AWS::S3::Bucket","Properties":{}}}}""", "AWS::S3::Bucket")]
    [InlineData("""{"Resources":{"x":{"Type":"AWS::IoT::Thing","Properties":{}}}}""", "no ThingName")]
    [InlineData("""{"Resources":{"x":{"Type":"AWS::IoT::Thing"}}}""", "no Properties")]
    [InlineData("""{"Resources":{"x":{"Type":"AWS::IoT::Policy","Properties":{}}}}""", "PolicyName or PolicyDocument")]
    [InlineData("""{"Resources":{"x":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":"a"}},"y":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":"b"}}}}""", "more than one")]
    public void A_template_that_cannot_be_read_is_refused_with_the_cause(string body, string cause) =>
        Assert.Contains(cause, ProvisioningTemplate.Read(body).Error!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"Fn::Base64":"x"}""", "Fn::Base64")]
    [InlineData("""{"Ref":"Nothing"}""", "Nothing")]
    [InlineData("""{"Fn::Select":["5",["a"]]}""", "item 5")]
    [InlineData("""{"Fn::FindInMap":["A","b","c"]}""", "Mappings do not have")]
    [InlineData("""{"Fn::Join":["-"]}""", "too few")]
    [InlineData("""[1]""", "a text or a function")]
    public void A_function_that_cannot_be_resolved_is_refused_with_the_cause(string name, string cause)
    {
        var template = ProvisioningTemplate.Read("""{"Resources":{"x":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":""" + name + "}}}}").Value;
        Assert.Contains(cause, template.Resolve(new Dictionary<string, string>()).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_comes_in_one_way()
    {
        var template = ProvisioningTemplate.Read("""{"Resources":{"c":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":"a","CertificatePem":"b"}}}}""").Value;
        Assert.Contains("needs one of", template.Resolve(new Dictionary<string, string>()).Error!.Message, StringComparison.Ordinal);
    }
}
