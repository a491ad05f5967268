using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Pages.Hosting;
using Godwit.Server;
using Godwit.Server.Access.Users;
using Godwit.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Console.Tests;

/// <summary>The real service with the console, on a folder of its own and free ports.</summary>
public sealed class ConsoleServer : IAsyncLifetime
{
    public const string Password = "several words are good";

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-console-").FullName;
    private readonly Dictionary<UserRole, Browser> _kept = [];
    private readonly LinesOfLog _log = new();
    private GodwitServer _server = null!;

    /// <summary>What the service has written to its log, line by line, with the filter of `serve`.</summary>
    public IReadOnlyList<string> LogLines => [.. _log.Lines];

    /// <summary>Given before the start.</summary>
    public OidcSettings? Oidc { get; set; }

    public Uri Address => new($"http://127.0.0.1:{_server.Endpoints.ApiPort}");

    public T Get<T>() where T : notnull => _server.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync() => _server = await Start(TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in _kept.Values)
            browser.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A browser that has not been here yet.</summary>
    public Browser NewBrowser() => new(Address);

    /// <summary>A browser in which someone of a role is signed in, the same for all tests of a class: they neither sign out nor dispose it.</summary>
    public async Task<Browser> As(UserRole role) => _kept.TryGetValue(role, out var kept) ? kept : _kept[role] = await SignedIn(role);

    /// <summary>A browser in which someone of a role is signed in; the first of all is the admin who makes the others.</summary>
    public async Task<Browser> SignedIn(UserRole role)
    {
        var name = "user-" + role.Wire();
        var browser = NewBrowser();
        if (await Get<FirstVisit>().Token(TestContext.Current.CancellationToken) is { } token)
            await NewBrowser().Post("/console/session/first", "/console/welcome", new() { ["token"] = token, ["name"] = "user-admin", ["password"] = Password, ["again"] = Password });
        if (role != UserRole.Admin)
        {
            var admin = await As(UserRole.Admin);
            await admin.Call("POST", "/console/api/godwit/godwit/users", $$"""{"userName": "{{name}}", "role": "{{role.Wire()}}", "password": "{{Password}}"}""");
        }
        var answer = await browser.Post("/console/session", "/console/sign-in", new() { ["name"] = name, ["password"] = Password });
        Assert.Equal("/console", answer.Headers.Location?.OriginalString);
        return browser;
    }

    private Task<GodwitServer> Start(TimeProvider time) => GodwitServer.Start(
        new ServerOptions { DataDirectory = _folder, ApiPort = 0, MqttPort = 0, HttpsPort = 0, TimeoutGrace = TimeSpan.Zero, Oidc = Oidc }, time, new SystemRandomSource(), logging => logging.AddFilter("Microsoft", LogLevel.Warning).AddProvider(_log),
        TestContext.Current.CancellationToken, ConsoleAddOn.Create());
}

/// <summary>A log that ends each record with a line break and does nothing else to it, as a file would.</summary>
internal sealed class LinesOfLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _records = new();

    public IEnumerable<string> Lines => _records.SelectMany(record => record.Split('\n', '\r'));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _records.Enqueue(formatter(state, exception));

    public void Dispose()
    {
    }
}

/// <summary>Keeps cookies and follows nothing by itself.</summary>
public sealed partial class Browser(Uri address) : IDisposable
{
    private readonly SocketsHttpHandler _handler = new() { AllowAutoRedirect = false, UseProxy = false, CookieContainer = new CookieContainer() };
    private HttpClient? _http;

    public CookieContainer Cookies => _handler.CookieContainer;

    private HttpClient Http => _http ??= new HttpClient(_handler) { BaseAddress = address };

    public Task<HttpResponseMessage> Get(string path) => Http.GetAsync(path, TestContext.Current.CancellationToken);

    public async Task<string> Text(string path) => await (await Get(path)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    /// <summary>The token that the forms of a page carry.</summary>
    public async Task<string> Token(string page = "/console") => CsrfMeta().Match(await Text(page)).Groups[1].Value;

    /// <summary>A form of a page, sent as a browser does.</summary>
    public async Task<HttpResponseMessage> Post(string path, string page, Dictionary<string, string> fields)
    {
        fields["csrf"] = await Token(page);
        return await Http.PostAsync(path, new FormUrlEncodedContent(fields), TestContext.Current.CancellationToken);
    }

    /// <summary>A call of a page's script, with its token.</summary>
    public async Task<HttpResponseMessage> Call(string method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("X-CSRF-Token", await Token());
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public Task<HttpResponseMessage> Send(HttpRequestMessage request) => Http.SendAsync(request, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _http?.Dispose();
        _handler.Dispose();
    }

    [GeneratedRegex("<meta name=\"csrf\" content=\"([0-9a-f]+)\"")]
    private static partial Regex CsrfMeta();
}
