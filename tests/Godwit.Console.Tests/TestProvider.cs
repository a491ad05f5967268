using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Godwit.Console.Tests;

/// <summary>
/// A provider of OpenID Connect with real signatures, which checks what it is sent (client, secret, PKCE, address to come back to) and can be told to lie, as a real one
/// cannot. It asks nobody for a password: whoever comes is <see cref="Claims"/>.
/// </summary>
public sealed class TestProvider : IAsyncDisposable
{
    public const string Client = "godwit-console", Secret = "a secret of the client";

    private readonly ConcurrentDictionary<string, Asked> _codes = new();
    private readonly ECDsaSecurityKey _key = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "one" };
    private readonly ECDsaSecurityKey _foreign = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "one" };
    private WebApplication _app = null!;

    public string Issuer { get; private set; } = "";

    /// <summary>Who comes, as the ID token says.</summary>
    public Dictionary<string, object> Claims { get; set; } = new() { ["sub"] = "u-1", ["preferred_username"] = "ada" };

    /// <summary>What only userinfo says.</summary>
    public Dictionary<string, object> UserInfo { get; set; } = [];

    /// <summary>Changes the token before it is signed.</summary>
    public Action<SecurityTokenDescriptor>? Lie { get; set; }

    /// <summary>Signs with a key that is not published.</summary>
    public bool Forges { get; set; }

    /// <summary>Answers this error in place of a code.</summary>
    public string? Refuses { get; set; }

    /// <summary>What was asked of the last sign-in.</summary>
    public IQueryCollection? LastAsked { get; private set; }

    public static async Task<TestProvider> Start()
    {
        var provider = new TestProvider();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        provider._app = builder.Build();
        provider._app.MapGet("/.well-known/openid-configuration", provider.Discovery);
        provider._app.MapGet("/keys", provider.Keys);
        provider._app.MapGet("/authorize", provider.Authorize);
        // As a delegate of its own, else what it answers is not written.
        provider._app.MapPost("/token", (Func<HttpContext, Task<IResult>>)provider.Token);
        provider._app.MapGet("/me", () => Results.Json(provider.UserInfo.Append(new("sub", provider.Claims["sub"])).ToDictionary(), contentType: "application/json"));
        await provider._app.StartAsync(TestContext.Current.CancellationToken);
        provider.Issuer = provider._app.Urls.Single();
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.ECDsa.Dispose();
        _foreign.ECDsa.Dispose();
    }

    private IResult Discovery() => Results.Json(new Dictionary<string, object>
    {
        ["issuer"] = Issuer, ["jwks_uri"] = Issuer + "/keys", ["authorization_endpoint"] = Issuer + "/authorize", ["token_endpoint"] = Issuer + "/token",
        ["userinfo_endpoint"] = Issuer + "/me", ["response_types_supported"] = new[] { "code" }, ["subject_types_supported"] = new[] { "public" },
        ["id_token_signing_alg_values_supported"] = new[] { "ES256" },
    });

    private IResult Keys()
    {
        var key = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(_key);
        return Results.Json(new { keys = new[] { new { kty = key.Kty, kid = key.Kid, crv = key.Crv, x = key.X, y = key.Y, use = "sig", alg = "ES256" } } });
    }

    private IResult Authorize(HttpContext context)
    {
        var asked = LastAsked = context.Request.Query;
        if (Refuses is { } error)
            return Results.Redirect($"{asked["redirect_uri"]}?error={error}&error_description=no&state={Uri.EscapeDataString(asked["state"]!)}");
        var code = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _codes[code] = new Asked(asked["nonce"]!, asked["code_challenge"]!, asked["redirect_uri"]!);
        return Results.Redirect($"{asked["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(asked["state"]!)}");
    }

    private async Task<IResult> Token(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (form["client_id"] != Client || form["client_secret"] != Secret)
            return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        // A code is worth something once, and only with the verifier of whoever began.
        if (!_codes.TryRemove(form["code"].ToString(), out var asked) || asked.RedirectUri != form["redirect_uri"]
            || asked.Challenge != Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))))
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        return Results.Json(new { access_token = "at", token_type = "Bearer", expires_in = 60, id_token = IdToken(asked.Nonce) });
    }

    private string IdToken(string nonce)
    {
        var token = new SecurityTokenDescriptor
        {
            Issuer = Issuer, Audience = Client, Expires = DateTime.UtcNow.AddMinutes(5), IssuedAt = DateTime.UtcNow, NotBefore = DateTime.UtcNow.AddMinutes(-1),
            SigningCredentials = new SigningCredentials(Forges ? _foreign : _key, SecurityAlgorithms.EcdsaSha256), Claims = new Dictionary<string, object>(Claims) { ["nonce"] = nonce },
        };
        Lie?.Invoke(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    private sealed record Asked(string Nonce, string Challenge, string RedirectUri);
}
