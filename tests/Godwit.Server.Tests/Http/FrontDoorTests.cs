using System.Text;

namespace Godwit.Server.Tests.Http;

public sealed class FrontDoorTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    [Theory]
    [InlineData("/health/live", 200, "live\n")]
    [InlineData("/health/ready", 200, "ready\n")]
    public async Task Health_needs_no_signature(string path, int status, string body)
    {
        var answer = await Unsigned("GET", path);
        Assert.Equal(status, answer.Status);
        Assert.Equal(body, answer.Text);
    }

    [Fact]
    public async Task The_ca_is_the_file_that_lies_in_the_data_folder()
    {
        var file = Path.Combine(_server.Folder, "tls", "ca.pem");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!File.Exists(file))
            await File.WriteAllTextAsync(file, "-----BEGIN CERTIFICATE-----\n", TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), (await Unsigned("GET", "/ca.pem")).Text);
    }

    [Theory]
    [InlineData("GET", "/things")]
    [InlineData("POST", "/otaUpdates/x")]
    [InlineData("GET", "/")]
    [InlineData("POST", "/health/live")]
    [InlineData("GET", "/health/live/")]
    public async Task Without_a_signature_all_else_is_forbidden(string method, string path)
    {
        var answer = await Unsigned(method, path);
        Assert.Equal(403, answer.Status);
        Assert.Equal("MissingAuthenticationTokenException", answer.Exception);
        Assert.Equal("""{"message":"Missing Authentication Token"}""", answer.Text);
        Assert.NotEmpty(answer.Headers.GetValues("x-amzn-RequestId"));
    }

    [Fact]
    public async Task A_signed_request_goes_to_its_service_even_where_a_page_of_our_own_has_its_path()
    {
        using var iot = _server.Client("iot");
        var answer = await iot.Get("/health/live");
        Assert.Equal(404, answer.Status);
        Assert.Equal("UnknownOperationException", answer.Exception);
    }

    [Theory]
    [InlineData("iot")]
    [InlineData("execute-api")]
    [InlineData("iotdata")]
    [InlineData("iotdevicegateway")]
    [InlineData("iot-jobs-data")]
    [InlineData("signer")]
    public async Task The_scope_of_the_signature_chooses_the_service(string scope)
    {
        using var client = _server.Client(scope);
        var answer = await client.Get("/no/such/path");
        Assert.Equal(404, answer.Status);
        Assert.Equal("UnknownOperationException", answer.Exception);
    }

    [Fact]
    public async Task A_service_that_does_not_exist_is_a_wrong_scope()
    {
        using var client = _server.Client("frobnicate");
        var answer = await client.Get("/things");
        Assert.Equal(403, answer.Status);
        Assert.Equal("InvalidSignatureException", answer.Exception);
        Assert.Equal("Credential should be scoped to correct service.", answer.Message);
    }

    [Fact]
    public async Task An_operation_that_is_not_served_says_so_in_its_own_exception()
    {
        using var data = _server.Client("iotdata");
        var answer = await data.Get("/things/dev7/shadow");
        Assert.Equal(405, answer.Status);
        Assert.Equal("MethodNotAllowedException", answer.Exception);
        Assert.Contains("GetThingShadow", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sts_says_who_the_caller_is_by_form_and_by_query()
    {
        using var sts = _server.Client("sts");
        const string call = "Action=GetCallerIdentity&Version=2011-06-15";
        var posted = await sts.Send("POST", "/", Encoding.UTF8.GetBytes(call), [new("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]);
        Assert.Equal(200, posted.Status);
        Assert.Contains($"<Arn>arn:aws:iam::000000000000:user/{TestServer.Key.Id}</Arn>", posted.Text, StringComparison.Ordinal);
        Assert.Contains("<Account>000000000000</Account>", posted.Text, StringComparison.Ordinal);
        Assert.Contains("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">", posted.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await sts.Get($"/?{call}")).Status);
        var unknown = await sts.Get("/?Action=GetFederationToken&Version=2011-06-15");
        Assert.Equal(400, unknown.Status);
        Assert.Contains("<Code>InvalidAction</Code>", unknown.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answer_names_its_time_and_not_its_server()
    {
        var answer = await Unsigned("GET", "/things");
        Assert.NotNull(answer.Headers.Date);
        Assert.Empty(answer.Headers.Server);
    }

    [Fact]
    public async Task A_body_of_10_MB_is_refused_unread()
    {
        using var iot = _server.Client("iot");
        var answer = await iot.Send("POST", "/things/x", new byte[10_000_000]);
        Assert.Equal(413, answer.Status);
        Assert.Equal("RequestEntityTooLargeException", answer.Exception);
    }

    private async Task<Answer> Unsigned(string method, string path)
    {
        using var http = new HttpClient();
        return await Answer.Read(await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(_server.Address, path)), TestContext.Current.CancellationToken));
    }
}
