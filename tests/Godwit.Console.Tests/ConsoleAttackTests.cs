using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Server.Access.Users;

namespace Godwit.Console.Tests;

/// <summary>
/// What is attacked in the console beside what <see cref="GateTests"/>, <see cref="SignInTests"/> and <see cref="RoleTests"/> hold (guessing, fixation, CSRF, clickjacking, cookies, open redirects):
/// other people's sessions (A24), texts that other layers would take for orders (A25), mistakes of operators (A26) and what is written to logs and metrics (A27).
/// </summary>
public sealed class ConsoleAttackTests(ConsoleServer server) : IClassFixture<ConsoleServer>
{
    private static readonly string[] Orders =
    [
        "'; DROP TABLE thing; --", "\" OR 1=1 --", "%_*\\", "a' UNION SELECT secret FROM access_key --", "x\0y", "🦆", "\u202Ereversed", "${jndi:ldap://x}", "../../../etc/passwd", "99999999999999999999", new string('x', 5000),
    ];

    private static readonly string[] Places =
    [
        "/console?minutes=", "/console/updates?after=", "/console/updates/", "/console/updates/none?asOf=", "/console/devices?q=", "/console/devices?after=", "/console/devices/", "/console/devices/none?ota=",
        "/console/firmware?bucket=", "/console/firmware?prefix=", "/console/firmware?after=", "/console/firmware/image?bucket=", "/console/firmware/image?bucket=b&key=", "/console/firmware/image?bucket=b&key=k&versionId=",
        "/console/streams?after=", "/console/journal?thing=", "/console/journal?job=", "/console/journal?asOf=", "/console/journal?after=", "/console/new-update?bucket=", "/console/new-update?download=", "/console/api/godwit/godwit/fleet/doubts?thing=", "/console/api/godwit/godwit/journal/head?job=",
        "/console/api/godwit/godwit/firmware?bucket=", "/console/api/iot/things/", "/console/api/s3/",
    ];

    [Fact]
    public async Task A24_a_session_is_worth_nothing_to_the_wrong_person_or_in_the_wrong_form()
    {
        using var viewer = await server.SignedIn(UserRole.Viewer);
        var cookie = viewer.Cookies.GetCookies(new Uri(server.Address, "/console")).Single(one => one.Name.StartsWith("godwit-session", StringComparison.Ordinal));
        foreach (var forged in new[] { cookie.Value[..^1], cookie.Value + "A", cookie.Value.ToUpperInvariant(), new string('0', cookie.Value.Length), "", "null", "' OR '1'='1" })
        {
            using var thief = server.NewBrowser();
            if (forged.Length > 0)
                thief.Cookies.Add(new Uri(server.Address, "/console"), new Cookie(cookie.Name, Uri.EscapeDataString(forged), "/console"));
            Assert.Equal(HttpStatusCode.Redirect, (await thief.Get("/console")).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await thief.Get("/console/api/iot/jobs")).StatusCode);
        }
        // The token of one session is refused with another's cookie, and a role is asked for on the server, whatever a page shows.
        var admin = await server.As(UserRole.Admin);
        using var crossed = new HttpRequestMessage(HttpMethod.Post, "/console/api/godwit/godwit/users") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        crossed.Headers.Add("X-CSRF-Token", await viewer.Token());
        Assert.Equal(HttpStatusCode.Forbidden, (await admin.Send(crossed)).StatusCode);
        foreach (var (method, path) in new[] { ("GET", "/console/api/godwit/godwit/users"), ("POST", "/console/access-keys"), ("DELETE", "/console/access-keys/AKIAXXXXXXXXXXXXXXXX?user=x"), ("PATCH", "/console/access-keys/AKIAXXXXXXXXXXXXXXXX?user=x&status=Active"), ("POST", "/console/api/godwit/godwit/things/x/messages"), ("GET", "/console/api/godwit/godwit/things/x/messages"), ("POST", "/console/emulated/devices") })
            Assert.Equal(HttpStatusCode.Forbidden, (await viewer.Call(method, path, method == "POST" ? """{"userName": "x", "policy": "", "devices": 1}""" : null)).StatusCode);
        Assert.DoesNotContain("AKIA", await viewer.Text("/console/access"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A24_headers_that_another_proxy_might_believe_open_nothing()
    {
        foreach (var (name, value) in new[] { ("X-Forwarded-User", "user-admin"), ("X-Remote-User", "user-admin"), ("Authorization", "Basic dXNlci1hZG1pbjp4"), ("Authorization", "Bearer x"), ("X-Original-URL", "/console/sign-in"), ("X-HTTP-Method-Override", "DELETE") })
        {
            using var browser = server.NewBrowser();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/console/api/iot/jobs");
            request.Headers.TryAddWithoutValidation(name, value);
            Assert.NotEqual(HttpStatusCode.OK, (await browser.Send(request)).StatusCode);
        }
    }

    [Fact]
    public async Task A25_texts_are_data_wherever_they_are_put()
    {
        var admin = await server.As(UserRole.Admin);
        await admin.Call("POST", "/console/api/iot/things/stays", "{}");
        foreach (var place in Places)
        {
            await Task.WhenAll(Orders.Select(async order =>
            {
                using var answer = await admin.Get(place + Uri.EscapeDataString(order));
                Assert.True((int)answer.StatusCode < 500, $"{place} {order[..Math.Min(40, order.Length)]}: {(int)answer.StatusCode}");
            }));
        }
        Assert.Equal(HttpStatusCode.OK, (await admin.Get("/console/api/iot/things/stays")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.Get("/console")).StatusCode);
    }

    [Fact]
    public async Task A25_wildcards_of_the_database_find_nothing_that_is_not_called_so()
    {
        var admin = await server.As(UserRole.Admin);
        await admin.Call("PUT", "/console/api/s3/a25-bucket");
        await admin.Call("PUT", "/console/api/s3/a25-bucket/image.bin", "bytes");
        Assert.Contains("image.bin", await admin.Text("/console/firmware?bucket=a25-bucket&prefix=im"), StringComparison.Ordinal);
        foreach (var wild in new[] { "%", "_", "i%", "*", "im_ge" })
            Assert.DoesNotContain("image.bin", await admin.Text("/console/firmware?bucket=a25-bucket&prefix=" + Uri.EscapeDataString(wild)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"maximumPerMinute": 0}""", null)]
    [InlineData("""{"maximumPerMinute": 1000000}""", null)]
    [InlineData("""{"maximumPerMinute": -5}""", null)]
    [InlineData("""{"exponentialRate": {"baseRatePerMinute": 0, "incrementFactor": 2, "rateIncreaseCriteria": {"numberOfSucceededThings": 1}}, "maximumPerMinute": 10}""", null)]
    [InlineData(null, """{"abortCriteriaList": [{"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 0, "minNumberOfExecutedThings": 1}]}""")]
    [InlineData(null, """{"abortCriteriaList": [{"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 500, "minNumberOfExecutedThings": 1}]}""")]
    [InlineData(null, """{"abortCriteriaList": [{"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 10, "minNumberOfExecutedThings": 0}]}""")]
    public async Task A26_rates_and_bars_that_make_no_sense_are_refused(string? rollout, string? abort)
    {
        var body = $$"""
            {"targets": ["arn:aws:iot:us-east-1:000000000000:thinggroup/g"], "roleArn": "arn:aws:iam::000000000000:role/service-role",
             "files": [{"fileName": "f", "fileLocation": {"s3Location": {"bucket": "b", "key": "k"} } }]
             {{(rollout is null ? "" : ", \"awsJobExecutionsRolloutConfig\": " + rollout)}} {{(abort is null ? "" : ", \"awsJobAbortConfig\": " + abort)}} }
            """;
        var admin = await server.As(UserRole.Admin);
        var answer = await admin.Call("POST", "/console/api/iot/otaUpdates/a26", body);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain("thinggroup", text, StringComparison.Ordinal);
        Assert.NotEmpty(JsonDocument.Parse(text).RootElement.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task A26_what_is_in_use_is_not_deleted_by_mistake()
    {
        var admin = await server.As(UserRole.Admin);
        await admin.Call("PUT", "/console/api/s3/a26-bucket");
        await admin.Call("PUT", "/console/api/s3/a26-bucket/image.bin", "bytes");
        Assert.Equal(HttpStatusCode.Conflict, (await admin.Call("DELETE", "/console/api/s3/a26-bucket")).StatusCode);

        var made = JsonDocument.Parse(await (await admin.Call("POST", "/console/api/iot/keys-and-certificate?setAsActive=true")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        var certificate = made.GetProperty("certificateId").GetString()!;
        Assert.False((await admin.Call("DELETE", $"/console/api/iot/certificates/{certificate}")).IsSuccessStatusCode);

        await admin.Call("POST", "/console/api/iot/policies/a26", """{"policyDocument": "{\"Version\":\"2012-10-17\",\"Statement\":[]}"}""");
        await admin.Call("PUT", "/console/api/iot/target-policies/a26", $$"""{"target": "{{made.GetProperty("certificateArn").GetString()}}"}""");
        Assert.False((await admin.Call("DELETE", "/console/api/iot/policies/a26")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A27_lines_of_the_log_are_ours_and_labels_of_metrics_are_few()
    {
        var admin = await server.As(UserRole.Admin);
        var before = await Series(admin);
        using var stranger = server.NewBrowser();
        for (var i = 0; i < 40; i++)
        {
            await admin.Get($"/console/api/iot/things/label-{i}-%0Ainfo%3A%20forged%20line");
            await stranger.Get($"/console/{i}%0D%0Aforged: header?x=%0Aforged line");
        }
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/console"))
        {
            request.Headers.TryAddWithoutValidation("traceparent", "00-" + new string('a', 500));
            await admin.Send(request);
        }
        await stranger.Post("/console/session", "/console/sign-in", new() { ["name"] = "ada\ninfo: forged line", ["password"] = "x\r\nforged line" });
        Assert.DoesNotContain(server.LogLines, line => line.TrimStart().StartsWith("forged", StringComparison.Ordinal) || line.StartsWith("info: forged", StringComparison.Ordinal));
        Assert.InRange(await Series(admin), before, before + 40);
    }

    private static async Task<int> Series(Browser browser) => (await browser.Text("/metrics")).Split('\n').Count(line => line.Length > 0 && line[0] != '#');
}
