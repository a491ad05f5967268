using System.Net;
using System.Text;
using Godwit.Server.Access.Users;
using Microsoft.IdentityModel.Tokens;

namespace Godwit.Console.Tests;

public sealed class OidcTests : IAsyncLifetime
{
    private readonly string _secret = Path.GetTempFileName();
    private readonly ConsoleServer _server = new();
    private TestProvider _provider = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await TestProvider.Start();
        await File.WriteAllTextAsync(_secret, TestProvider.Secret + "\n", TestContext.Current.CancellationToken);
        _server.Oidc = new OidcSettings
        {
            Authority = _provider.Issuer, ClientId = TestProvider.Client, ClientSecretFile = _secret, Name = "Work",
            Roles = [new("fleet", UserRole.Operator), new("owners", UserRole.Admin), new("readers", UserRole.Viewer)],
        };
        await _server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _provider.DisposeAsync();
        File.Delete(_secret);
    }

    [Fact]
    public async Task Someone_whom_the_provider_knows_comes_in_with_the_role_of_his_groups()
    {
        _provider.Claims["groups"] = new[] { "readers", "fleet", "others" };
        using var browser = _server.NewBrowser();
        Assert.Contains("Sign in with Work", await browser.Text("/console/welcome"), StringComparison.Ordinal);
        Assert.Equal("/console/updates?after=x", await SignIn(browser, "/console/updates?after=x"));
        var page = await browser.Text("/console/journal");
        Assert.Contains("Sign out ada", page, StringComparison.Ordinal);
        Assert.Contains("role: operator", page, StringComparison.Ordinal);
        Assert.Contains("signed in by " + _provider.Issuer, page, StringComparison.Ordinal);
        Assert.Equal("S256", _provider.LastAsked!["code_challenge_method"]);
        Assert.Equal("code", _provider.LastAsked["response_type"]);
        Assert.NotEmpty(_provider.LastAsked["nonce"].ToString());
    }

    [Fact]
    public async Task The_role_follows_the_provider_at_each_sign_in_and_userinfo_counts()
    {
        _provider.UserInfo = new() { ["groups"] = new[] { "owners" } };
        using var browser = _server.NewBrowser();
        await SignIn(browser);
        Assert.Contains("role: admin", await browser.Text("/console"), StringComparison.Ordinal);
        // The provider's word is not ours to change.
        var change = await browser.Call("PATCH", "/console/api/godwit/godwit/users/ada", """{"role": "viewer"}""");
        Assert.Contains("by a provider", await change.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        _provider.UserInfo = new() { ["groups"] = "readers" };
        using var later = _server.NewBrowser();
        await SignIn(later);
        Assert.Contains("role: viewer", await later.Text("/console"), StringComparison.Ordinal);
        Assert.Contains("role: viewer", await browser.Text("/console"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_role_or_no_name_is_told_why()
    {
        Assert.Contains("the provider sent no claim groups", await Refused(), StringComparison.Ordinal);
        _provider.Claims["groups"] = "guests";
        Assert.Contains("the claim groups says guests", await Refused(), StringComparison.Ordinal);
        _provider.Claims = new() { ["sub"] = "u-2", ["preferred_username"] = "Ada Lovelace", ["groups"] = "fleet" };
        Assert.Contains("--oidc-user-claim", await Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_not_given_to_somebody_else()
    {
        using var admin = await _server.SignedIn(UserRole.Admin);
        await admin.Call("POST", "/console/api/godwit/godwit/users", $$"""{"userName": "ada", "role": "viewer", "password": "{{ConsoleServer.Password}}"}""");
        _provider.Claims["groups"] = "owners";
        Assert.Contains("Another user is named ada already", await Refused(), StringComparison.Ordinal);

        await admin.Call("DELETE", "/console/api/godwit/godwit/users/ada");
        using var browser = _server.NewBrowser();
        Assert.Equal("/console", await SignIn(browser));
        // Another subject with the name of the first one is another person.
        _provider.Claims["sub"] = "u-9";
        Assert.Contains("Another user is named ada already", await Refused(), StringComparison.Ordinal);
        // And no password opens the account of whom a provider signs in, an empty one least of all.
        using var guesser = _server.NewBrowser();
        await guesser.Post("/console/session", "/console/sign-in", new() { ["name"] = "ada", ["password"] = "" });
        Assert.Contains("wrong", await guesser.Text("/console/sign-in"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_that_lie_let_nobody_in()
    {
        _provider.Claims["groups"] = "owners";
        _provider.Lie = token => token.Claims["nonce"] = "another";
        Assert.Contains("another sign-in", await Refused(), StringComparison.Ordinal);
        _provider.Lie = token => token.Claims.Remove("nonce");
        Assert.NotEmpty(await Refused());
        _provider.Lie = token => token.Audience = "another-client";
        Assert.Contains("--oidc-client-id", await Refused(), StringComparison.Ordinal);
        _provider.Lie = token => token.Issuer = "https://evil.example";
        Assert.Contains("--oidc-authority", await Refused(), StringComparison.Ordinal);
        _provider.Lie = token => (token.NotBefore, token.Expires) = (DateTime.UtcNow.AddHours(-2), DateTime.UtcNow.AddHours(-1));
        Assert.Contains("Set the clocks", await Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signatures_are_the_providers_or_nothing()
    {
        _provider.Claims["groups"] = "owners";
        _provider.Forges = true;
        Assert.Contains("not signed with a key that Work publishes", await Refused(), StringComparison.Ordinal);
        _provider.Forges = false;
        _provider.Lie = token => token.SigningCredentials = null;
        Assert.NotEmpty(await Refused());
        // With the client's secret as key, whoever has it could write tokens.
        _provider.Lie = token => token.SigningCredentials = new(new SymmetricSecurityKey(Encoding.ASCII.GetBytes(TestProvider.Secret.PadRight(64))), SecurityAlgorithms.HmacSha256);
        Assert.NotEmpty(await Refused());
    }

    [Fact]
    public async Task A_sign_in_ends_in_the_browser_in_which_it_began_and_once()
    {
        _provider.Claims["groups"] = "owners";
        using var mine = _server.NewBrowser();
        using var other = _server.NewBrowser();
        // Somebody hands me the end of a sign-in of his own: I must not end up signed in as him.
        var back = await Ask(mine);
        await other.Get(back);
        Assert.Contains("begun in another browser", await other.Text("/console/welcome"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await other.Get("/console/updates")).StatusCode);
        Assert.Equal("/console", (await mine.Get(back)).Headers.Location?.OriginalString);
        await mine.Get(back);
        Assert.Contains("form-error", await Said(back), StringComparison.Ordinal);

        async Task<string> Said(string again)
        {
            using var thief = _server.NewBrowser();
            await thief.Get(again);
            return await thief.Text("/console/sign-in");
        }
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/console/../x")]
    public async Task It_leads_nowhere_else(string next)
    {
        _provider.Claims["groups"] = "fleet";
        using var browser = _server.NewBrowser();
        Assert.Equal("/console", await SignIn(browser, next));
    }

    [Fact]
    public async Task Failures_of_the_provider_and_of_the_settings_name_cause_and_remedy()
    {
        _provider.Refuses = "access_denied";
        Assert.Contains("did not let you in", await Refused(), StringComparison.Ordinal);
        _provider.Refuses = null;

        await File.WriteAllTextAsync(_secret, "another", TestContext.Current.CancellationToken);
        await using var wrong = new ConsoleServer { Oidc = _server.Oidc };
        await wrong.InitializeAsync();
        Assert.Contains("--oidc-client-secret-file", await Refused(wrong), StringComparison.Ordinal);

        await using var away = new ConsoleServer { Oidc = _server.Oidc! with { Authority = "http://127.0.0.1:9" } };
        await away.InitializeAsync();
        using var browser = away.NewBrowser();
        var answer = await browser.Get("/console/oidc");
        Assert.Equal("/console/welcome", answer.Headers.Location?.OriginalString);
        Assert.Contains("does not answer at http://127.0.0.1:9/.well-known/openid-configuration", await browser.Text("/console/welcome"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_proxy_that_ends_TLS_the_way_back_is_https_and_cookies_are_secure()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/console/oidc") { Headers = { { "X-Forwarded-Proto", "https" } } };
        using var browser = _server.NewBrowser();
        var answer = await browser.Send(request);
        Assert.Contains("redirect_uri=https%3A%2F%2F127.0.0.1", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.All(answer.Headers.GetValues("Set-Cookie").Where(cookie => cookie.StartsWith(".AspNetCore", StringComparison.Ordinal)), cookie =>
        {
            Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task Whoever_makes_up_codes_has_to_wait()
    {
        using var browser = _server.NewBrowser();
        for (var i = 0; i < 7; i++)
            await browser.Get($"/console/oidc/back?code=guess{i}&state=none");
        Assert.Contains("Too many", await browser.Text("/console/welcome"), StringComparison.Ordinal);
    }

    /// <summary>The whole way; answers where it leads.</summary>
    private async Task<string?> SignIn(Browser browser, string? next = null) => (await browser.Get(await Ask(browser, next))).Headers.Location?.OriginalString;

    /// <summary>The way to the provider and its answer: the address to come back to, code and state with it.</summary>
    private async Task<string> Ask(Browser browser, string? next = null)
    {
        var away = await browser.Get("/console/oidc" + (next is null ? "" : "?next=" + Uri.EscapeDataString(next)));
        Assert.StartsWith(_provider.Issuer + "/authorize?", away.Headers.Location?.OriginalString, StringComparison.Ordinal);
        using var provider = new Browser(new Uri(_provider.Issuer));
        return (await provider.Get(away.Headers.Location!.PathAndQuery)).Headers.Location!.OriginalString;
    }

    /// <summary>What the sign-in page says after a way that must not lead in.</summary>
    private async Task<string> Refused(ConsoleServer? server = null)
    {
        using var browser = (server ?? _server).NewBrowser();
        var page = await SignIn(browser);
        Assert.Contains(page, new[] { "/console/sign-in", "/console/welcome" });
        var said = WebUtility.HtmlDecode((await browser.Text(page!)).Split("form-error")[1].Split("</p>")[0]);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.Get("/console")).StatusCode);
        return said;
    }
}
