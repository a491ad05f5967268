namespace Godwit.Server.Access.Users;

/// <summary>The provider by which people sign in to the console with OpenID Connect, beside local users.</summary>
public sealed record OidcSettings
{
    /// <summary>The value of a role's mapping that stands for everybody whom the provider signs in.</summary>
    public const string Everybody = "*";

    /// <summary>The issuer, below which <c>/.well-known/openid-configuration</c> lies.</summary>
    public required string Authority { get; init; }

    public required string ClientId { get; init; }

    /// <summary>A file with the client's secret; null for a public client, which PKCE alone guards.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>What the button says: "Sign in with NAME".</summary>
    public required string Name { get; init; }

    /// <summary>The claim that names the user; null for the first that is there of preferred_username, email and sub.</summary>
    public string? UserClaim { get; init; }

    /// <summary>The claim whose values are looked up in <see cref="Roles"/>.</summary>
    public string RoleClaim { get; init; } = "groups";

    public IReadOnlyList<OidcRole> Roles { get; init; } = [];

    /// <summary>Asked for besides <c>openid</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = ["profile", "email"];

    /// <summary>The highest role that the values of the claim lead to, or null where they lead to none.</summary>
    public UserRole? RoleOf(IReadOnlyCollection<string> values)
    {
        var found = Roles.Where(role => role.Value == Everybody || values.Contains(role.Value)).ToList();
        return found.Count == 0 ? null : found.Max(role => role.Role);
    }
}

/// <summary>Whoever has this value of the claim gets this role.</summary>
public sealed record OidcRole(string Value, UserRole Role);
