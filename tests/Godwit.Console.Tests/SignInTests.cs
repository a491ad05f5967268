using System.Net;
using Godwit.Server.Access.Users;

namespace Godwit.Console.Tests;

public sealed class SignInTests(ConsoleServer server) : IClassFixture<ConsoleServer>
{
    [Fact]
    public async Task Pages_ask_to_sign_in_and_lead_back()
    {
        using var browser = server.NewBrowser();
        var answer = await browser.Get("/console/updates?after=x");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/console/sign-in?next=%2Fconsole%2Fupdates%3Fafter%3Dx", answer.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.Get("/console/api/iot/jobs")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.Get("/console/live")).StatusCode);
    }

    [Fact]
    public async Task The_first_user_needs_the_token_and_it_is_worth_nothing_afterwards()
    {
        await using var fresh = new ConsoleServer();
        await fresh.InitializeAsync();
        using var browser = fresh.NewBrowser();
        var token = await fresh.Get<FirstVisit>().Token(TestContext.Current.CancellationToken);
        Dictionary<string, string> Form(string given) => new() { ["token"] = given, ["name"] = "ada", ["password"] = ConsoleServer.Password, ["again"] = ConsoleServer.Password };

        var wrong = await browser.Post("/console/session/first", "/console/welcome", Form("AAAAA-BBBBB"));
        Assert.Equal("/console/welcome", wrong.Headers.Location?.OriginalString);
        Assert.Contains("not the token", await browser.Text("/console/welcome"), StringComparison.Ordinal);

        var right = await browser.Post("/console/session/first", "/console/welcome", Form(token!));
        Assert.Equal("/console", right.Headers.Location?.OriginalString);
        Assert.Contains("Sign out ada", await browser.Text("/console"), StringComparison.Ordinal);

        using var late = fresh.NewBrowser();
        var again = await late.Post("/console/session/first", "/console/sign-in", Form(token!));
        Assert.NotEqual("/console", again.Headers.Location?.OriginalString);
        Assert.Null(await fresh.Get<FirstVisit>().Token(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_name_and_a_wrong_password_are_told_alike()
    {
        var admin = await server.As(UserRole.Admin);
        using var browser = server.NewBrowser();
        var texts = new List<string>();
        foreach (var (name, password) in new[] { ("nobody-here", ConsoleServer.Password), ("user-admin", "wrong wrong wrong") })
        {
            await browser.Post("/console/session", "/console/sign-in", new() { ["name"] = name, ["password"] = password });
            texts.Add((await browser.Text("/console/sign-in")).Split("form-error")[1].Split("</p>")[0]);
        }
        Assert.Contains("wrong", texts[0], StringComparison.Ordinal);
        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public async Task Guessing_has_to_wait()
    {
        await using var fresh = new ConsoleServer();
        await fresh.InitializeAsync();
        using var admin = await fresh.SignedIn(UserRole.Admin);
        using var guesser = fresh.NewBrowser();
        for (var i = 0; i < 6; i++)
            await guesser.Post("/console/session", "/console/sign-in", new() { ["name"] = "user-admin", ["password"] = $"wrong guess {i}" });
        // Now even the right one waits: whoever guesses learns nothing.
        await guesser.Post("/console/session", "/console/sign-in", new() { ["name"] = "user-admin", ["password"] = ConsoleServer.Password });
        Assert.Contains("Too many wrong passwords", await guesser.Text("/console/sign-in"), StringComparison.Ordinal);
        // Who is signed in stays so.
        Assert.Equal(HttpStatusCode.OK, (await admin.Get("/console")).StatusCode);
    }

    [Fact]
    public async Task Signing_in_makes_a_new_session_and_signing_out_ends_it_on_the_server()
    {
        using var browser = await server.SignedIn(UserRole.Admin);
        var cookie = browser.Cookies.GetCookies(new Uri(server.Address, "/console")).Single(one => one.Name.StartsWith("godwit-session", StringComparison.Ordinal)).Value;
        using var planted = server.NewBrowser();
        planted.Cookies.SetCookies(new Uri(server.Address, "/console"), $"godwit-session-{server.Address.Port}=planted; path=/console");
        await planted.Post("/console/session", "/console/sign-in", new() { ["name"] = "user-admin", ["password"] = ConsoleServer.Password });
        var after = planted.Cookies.GetCookies(new Uri(server.Address, "/console")).Single(one => one.Name.StartsWith("godwit-session", StringComparison.Ordinal)).Value;
        Assert.NotEqual("planted", after);
        Assert.NotEqual(cookie, after);

        await browser.Post("/console/session/end", "/console", []);
        using var thief = server.NewBrowser();
        thief.Cookies.SetCookies(new Uri(server.Address, "/console"), $"godwit-session-{server.Address.Port}={cookie}; path=/console");
        Assert.Equal(HttpStatusCode.Redirect, (await thief.Get("/console")).StatusCode);
    }

    [Fact]
    public async Task A_new_password_ends_the_sessions_of_that_user_and_the_last_admin_stays()
    {
        var admin = await server.As(UserRole.Admin);
        using var viewer = await server.SignedIn(UserRole.Viewer);
        Assert.Equal(HttpStatusCode.OK, (await admin.Call("PATCH", "/console/api/godwit/godwit/users/user-viewer", """{"password": "another set of words"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await viewer.Get("/console")).StatusCode);
        await admin.Call("DELETE", "/console/api/godwit/godwit/users/user-viewer");
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.Call("DELETE", "/console/api/godwit/godwit/users/user-admin")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.Call("PATCH", "/console/api/godwit/godwit/users/user-admin", """{"role": "viewer"}""")).StatusCode);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("https://evil.example/console/")]
    [InlineData("/console//evil.example")]
    [InlineData("/console/\\evil.example")]
    [InlineData("/console/../../evil")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\t/evil.example")]
    public async Task Signing_in_leads_nowhere_else(string next)
    {
        var admin = await server.As(UserRole.Admin);
        using var browser = server.NewBrowser();
        var answer = await browser.Post("/console/session", "/console/sign-in", new() { ["name"] = "user-admin", ["password"] = ConsoleServer.Password, ["next"] = next });
        Assert.Equal("/console", answer.Headers.Location?.OriginalString);
    }
}
