using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Server.Access.Users;

namespace Godwit.Console.Tests;

public sealed partial class GateTests(ConsoleServer server) : IClassFixture<ConsoleServer>
{
    private static readonly string[] Hostile = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "{{7*7}}", "javascript:alert(1)", "\u202Egnp.exe"];

    [Fact]
    public async Task Every_answer_carries_the_strict_headers()
    {
        var browser = await server.As(UserRole.Admin);
        foreach (var path in new[] { "/console", "/console/updates", "/console/sign-in", "/console/nothing/here", "/console/api/iot/jobs", "/console/assets/console.css" })
        {
            var headers = (await browser.Get(path)).Headers;
            var policy = headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("*", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("same-origin", headers.GetValues("Cross-Origin-Opener-Policy").Single());
        }
    }

    [Fact]
    public async Task Pages_hold_nothing_inline()
    {
        var browser = await server.As(UserRole.Admin);
        foreach (var path in new[] { "/console", "/console/updates", "/console/sign-in", "/console/nothing/here" })
        {
            var html = await browser.Text(path);
            Assert.DoesNotMatch(InlineStyleOrHandler(), html);
            Assert.DoesNotMatch(InlineScript(), html);
        }
    }

    [Fact]
    public async Task The_session_cookie_is_for_the_server_alone()
    {
        using var browser = server.NewBrowser();
        var admin = await server.As(UserRole.Admin);
        var answer = await browser.Post("/console/session", "/console/sign-in", new() { ["name"] = "user-admin", ["password"] = ConsoleServer.Password });
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(one => one.StartsWith("godwit-session", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/console", cookie, StringComparison.OrdinalIgnoreCase);

        using var behindTls = new HttpRequestMessage(HttpMethod.Get, "/console/sign-in") { Headers = { { "X-Forwarded-Proto", "https" } } };
        var secure = (await server.NewBrowser().Send(behindTls)).Headers;
        Assert.All(secure.GetValues("Set-Cookie"), one =>
        {
            Assert.StartsWith("__Host-", one, StringComparison.Ordinal);
            Assert.Contains("secure", one, StringComparison.OrdinalIgnoreCase);
        });
        Assert.True(secure.Contains("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("PUT", "/console/api/iot/jobs/x/cancel")]
    [InlineData("POST", "/console/api/godwit/godwit/users")]
    [InlineData("DELETE", "/console/api/iot/things/x")]
    [InlineData("PUT", "/console/api/s3/bucket/key")]
    [InlineData("POST", "/console/session/end")]
    [InlineData("POST", "/console/session")]
    public async Task Nothing_changes_without_the_token_or_from_elsewhere(string method, string path)
    {
        var browser = await server.As(UserRole.Admin);
        var token = await browser.Token();
        Assert.Equal(HttpStatusCode.Forbidden, await Send(null, null, null));
        Assert.Equal(HttpStatusCode.Forbidden, await Send("0123", null, null));
        Assert.Equal(HttpStatusCode.Forbidden, await Send(token, "cross-site", null));
        Assert.Equal(HttpStatusCode.Forbidden, await Send(token, "same-site", null));
        Assert.Equal(HttpStatusCode.Forbidden, await Send(token, null, "https://evil.example"));
        using var other = server.NewBrowser();
        Assert.Equal(HttpStatusCode.Forbidden, await Send(await other.Token("/console/sign-in"), "same-origin", null));

        async Task<HttpStatusCode> Send(string? csrf, string? site, string? origin)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
            if (csrf is not null)
                request.Headers.Add("X-CSRF-Token", csrf);
            if (site is not null)
                request.Headers.Add("Sec-Fetch-Site", site);
            if (origin is not null)
                request.Headers.Add("Origin", origin);
            return (await browser.Send(request)).StatusCode;
        }
    }

    [Fact]
    public async Task Hostile_names_are_text_on_every_page()
    {
        var browser = await server.As(UserRole.Admin);
        for (var i = 0; i < Hostile.Length; i++)
        {
            var text = System.Text.Json.JsonSerializer.Serialize(Hostile[i]);
            await browser.Call("POST", $"/console/api/iot/things/hostile{i}", """{"attributePayload": {"attributes": {"note": "plain"}}}""");
            await browser.Call("POST", $"/console/api/iot/thing-groups/hostile{i}", "{\"thingGroupProperties\": {\"thingGroupDescription\": " + text + "}}");
        }
        foreach (var hostile in Hostile)
        {
            var name = Uri.EscapeDataString(hostile);
            foreach (var path in new[]
                { $"/console/updates/{name}", $"/console/devices/{name}", $"/console/devices?q={name}", $"/console/journal?thing={name}", $"/console/journal?job={name}", $"/console/updates?after={name}",
                    $"/console/sign-in?next={name}", $"/console/welcome?token={name}", $"/console/firmware?bucket={name}" })
            {
                var html = await browser.Text(path);
                Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
                Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
                Assert.DoesNotContain("href=\"javascript:", html, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Fact]
    public async Task A_signed_request_to_a_bucket_of_that_name_is_still_for_the_bucket()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/console/key") { Headers = { { "Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20300101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00" } } };
        var answer = await server.NewBrowser().Send(request);
        Assert.Contains("<Error>", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [GeneratedRegex("<[^>]+\\s(style|on[a-z]+)\\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineStyleOrHandler();

    [GeneratedRegex("<script(?![^>]*\\ssrc=)|<style", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();
}
