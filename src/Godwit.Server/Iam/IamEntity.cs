namespace Godwit.Server.Iam;

/// <summary>A role or a user as it is kept.</summary>
internal sealed record IamEntity
{
    public const string Role = "role";
    public const string User = "user";

    public string Account { get; init; } = "";

    public string Kind { get; init; } = "";

    public string NameKey { get; init; } = "";

    public string Name { get; init; } = "";

    public string Path { get; init; } = "/";

    public string EntityId { get; init; } = "";

    public string? Description { get; init; }

    public string? TrustPolicy { get; init; }

    public long? MaxSessionSeconds { get; init; }

    public long CreatedAtMs { get; init; }

    public string Arn => $"arn:aws:iam::{Account}:{Kind}{Path}{Name}";

    /// <summary>The journal's name of it.</summary>
    public string Subject => $"{Kind}/{Name}";

    public static string KeyOf(string name) => name.ToLowerInvariant();
}

/// <summary>A managed policy of an account.</summary>
internal sealed record IamPolicyRow
{
    public string Account { get; init; } = "";

    public string NameKey { get; init; } = "";

    public string Name { get; init; } = "";

    public string Path { get; init; } = "/";

    public string PolicyId { get; init; } = "";

    public string? Description { get; init; }

    public long DefaultVersion { get; init; }

    public long LastVersion { get; init; }

    public long CreatedAtMs { get; init; }

    public long UpdatedAtMs { get; init; }

    public string Arn => $"arn:aws:iam::{Account}:policy{Path}{Name}";
}

/// <summary>One version of a managed policy.</summary>
internal sealed record IamPolicyVersionRow
{
    public long Version { get; init; }

    public string Document { get; init; } = "";

    public long CreatedAtMs { get; init; }
}
