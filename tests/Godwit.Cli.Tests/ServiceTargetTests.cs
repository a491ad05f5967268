namespace Godwit.Cli.Tests;

public sealed class ServiceTargetTests
{
    private static readonly Dictionary<string, string> Aws = new()
    {
        ["AWS_ENDPOINT_URL"] = "http://aws.example:1", ["AWS_ACCESS_KEY_ID"] = "ID", ["AWS_SECRET_ACCESS_KEY"] = "SECRET", ["AWS_REGION"] = "eu-west-1", ["AWS_SESSION_TOKEN"] = "TOKEN",
    };

    [Fact]
    public void AWS_variables_name_endpoint_key_token_and_region()
    {
        var target = ServiceTarget.Find(null, null, Aws.GetValueOrDefault);
        Assert.Equal(("http://aws.example:1/", "ID", "SECRET", "TOKEN", "eu-west-1"), (target.Endpoint.ToString(), target.AccessKeyId, target.Secret, target.SessionToken, target.Region));
    }

    [Fact]
    public void A_service_specific_endpoint_wins_over_the_general_one_and_a_flag_over_both()
    {
        var more = new Dictionary<string, string>(Aws) { ["AWS_ENDPOINT_URL_IOT"] = "http://iot.example:2" };
        Assert.Equal("http://iot.example:2/", ServiceTarget.Find(null, null, more.GetValueOrDefault).Endpoint.ToString());
        Assert.Equal("http://flag.example:3/", ServiceTarget.Find("http://flag.example:3", null, more.GetValueOrDefault).Endpoint.ToString());
    }

    [Fact]
    public void Without_any_key_it_says_where_one_was_looked_for()
    {
        var refusal = Assert.Throws<CliException>(() => ServiceTarget.Find("http://x:1", null, _ => null));
        Assert.Equal(ExitCode.NoInput, refusal.Code);
        Assert.Contains("AWS_ACCESS_KEY_ID", refusal.Message, StringComparison.Ordinal);
    }
}
