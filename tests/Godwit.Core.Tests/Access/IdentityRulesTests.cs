using CsCheck;
using Godwit.Core.Access;

namespace Godwit.Core.Tests.Access;

public sealed class IdentityRulesTests
{
    private const string Job = "arn:aws:iot:eu-west-1:123456789012:job/AFR_OTA-rel42";

    [Theory]
    [InlineData("iot:CreateJob", Job, AccessVerdict.Allowed)]
    [InlineData("IOT:createjob", Job, AccessVerdict.Allowed)]
    [InlineData("iot:CreateJob", "arn:aws:iot:eu-west-1:123456789012:job/other", AccessVerdict.NotAllowed)]
    [InlineData("iot:DeleteJob", Job, AccessVerdict.Denied)]
    [InlineData("iot:ListJobs", "*", AccessVerdict.Allowed)]
    [InlineData("s3:GetObject", "arn:aws:s3:::fw/app.bin", AccessVerdict.Allowed)]
    [InlineData("s3:GetObject", "arn:aws:s3:::private/app.bin", AccessVerdict.NotAllowed)]
    [InlineData("iam:PassRole", "arn:aws:iam::123456789012:role/ota", AccessVerdict.NotAllowed)]
    public void A_deny_wins_over_an_allow_and_nothing_is_allowed_unsaid(string action, string resource, AccessVerdict expected)
    {
        var policy = IdentityPolicy.Parse(
            """
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":["iot:*Job"],"Resource":"arn:aws:iot:*:123456789012:job/AFR_OTA-*"},
              {"Effect":"Allow","Action":"iot:List*","Resource":"*"},
              {"Effect":"Deny","Action":"iot:Delete*","Resource":"*"},
              {"Effect":"Allow","NotAction":["iot:*","iam:*"],"NotResource":["arn:aws:s3:::private/*"]}]}
            """).Value;
        Assert.Equal(expected, IdentityRules.Decide([policy], action, resource, PolicyContext.Empty));
    }

    [Theory]
    [InlineData("StringEquals", "aws:username", "\"ann\"", "ann", true)]
    [InlineData("StringEquals", "aws:username", "\"ann\"", "bob", false)]
    [InlineData("StringLike", "s3:prefix", "[\"fw/*\",\"doc/*\"]", "fw/a", true)]
    [InlineData("ArnLike", "aws:PrincipalArn", "\"arn:aws:iam::*:user/ci-*\"", "arn:aws:iam::123456789012:user/ci-1", true)]
    [InlineData("Bool", "aws:SecureTransport", "false", "false", true)]
    [InlineData("Bool", "aws:SecureTransport", "\"true\"", "false", false)]
    [InlineData("IpAddress", "aws:SourceIp", "\"10.1.0.0/16\"", "10.1.2.3", true)]
    [InlineData("IpAddress", "aws:SourceIp", "\"10.1.0.0/16\"", "10.2.2.3", false)]
    [InlineData("NotIpAddress", "aws:SourceIp", "\"10.1.0.0/16\"", "10.2.2.3", true)]
    [InlineData("DateLessThan", "aws:CurrentTime", "\"2030-01-01T00:00:00Z\"", "2029-12-31T23:59:59Z", true)]
    [InlineData("DateGreaterThan", "aws:CurrentTime", "\"2030-01-01T00:00:00Z\"", "2029-12-31T23:59:59Z", false)]
    public void A_condition_opens_a_statement_where_it_holds(string @operator, string key, string values, string actual, bool holds)
    {
        var policy = IdentityPolicy.Parse(
            $$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:*","Resource":"*","Condition":{"{{@operator}}":{"{{key}}":{{values}} } } } }""").Value;
        var verdict = IdentityRules.Decide([policy], "iot:CreateThing", "*", PolicyContext.Empty.With(key, actual));
        Assert.Equal(holds ? AccessVerdict.Allowed : AccessVerdict.NotAllowed, verdict);
    }

    [Fact]
    public void A_user_name_in_a_resource_stands_for_the_caller_and_a_hostile_one_for_nobody()
    {
        var policy = IdentityPolicy.Parse(
            """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*"}}""").Value;
        Assert.Equal(AccessVerdict.Allowed, Ask("ann", "arn:aws:s3:::home/ann/x"));
        Assert.Equal(AccessVerdict.NotAllowed, Ask("ann", "arn:aws:s3:::home/bob/x"));
        Assert.Equal(AccessVerdict.NotAllowed, Ask("*", "arn:aws:s3:::home/bob/x"));

        AccessVerdict Ask(string user, string resource) => IdentityRules.Decide([policy], "s3:GetObject", resource, PolicyContext.Empty.With("aws:username", user));
    }

    [Fact]
    public void A_trust_policy_tells_a_name_from_an_account_and_from_a_service()
    {
        var trust = IdentityPolicy.ParseTrust(
            """
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Principal":{"Service":["iot.amazonaws.com"]},"Action":"sts:AssumeRole"},
              {"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:root","arn:aws:iam::210987654321:user/ann"]},"Action":"sts:AssumeRole"}]}
            """).Value;
        Assert.Equal((AccessVerdict.Allowed, PrincipalMatch.Named), Ask(PrincipalFacts.OfService("iot.amazonaws.com")));
        Assert.Equal((AccessVerdict.NotAllowed, PrincipalMatch.None), Ask(PrincipalFacts.OfService("signer.amazonaws.com")));
        Assert.Equal((AccessVerdict.Allowed, PrincipalMatch.Account), Ask(new PrincipalFacts("123456789012", "arn:aws:iam::123456789012:user/bob")));
        Assert.Equal((AccessVerdict.Allowed, PrincipalMatch.Named), Ask(new PrincipalFacts("210987654321", "arn:aws:iam::210987654321:user/ann")));
        Assert.Equal((AccessVerdict.NotAllowed, PrincipalMatch.None), Ask(new PrincipalFacts("210987654321", "arn:aws:iam::210987654321:user/bob")));

        (AccessVerdict, PrincipalMatch) Ask(PrincipalFacts who) =>
            (IdentityRules.DecideFor(who, trust, "sts:AssumeRole", "arn:aws:iam::123456789012:role/ota", PolicyContext.Empty, out var match), match);
    }

    [Theory]
    [InlineData("""{"Version":"2012-10-17"}""", "Statement is missing")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*"}]}""", "either Resource or NotResource")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"iot:*","Resource":"*"}]}""", "unknown member 'Principal'")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"iot:*","Resource":"*"}]}""", "Effect")]
    [InlineData("not json", "no valid JSON")]
    public void A_malformed_document_is_refused_with_its_cause(string document, string cause)
    {
        var error = IdentityPolicy.Parse(document).Error;
        Assert.Equal("MalformedPolicyDocument", error?.Code);
        Assert.Contains(cause, error!.Message);
    }

    [Fact]
    public void No_document_breaks_the_reader() =>
        Gen.String.Sample(text =>
        {
            var parsed = IdentityPolicy.ParseTrust($$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{{text}},"Action":"sts:AssumeRole"} }""");
            return parsed.IsOk || parsed.Error.Code == "MalformedPolicyDocument";
        });
}
