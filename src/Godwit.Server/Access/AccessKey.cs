namespace Godwit.Server.Access;

/// <summary>A key that may sign requests.</summary>
/// <param name="UserArn">Who signs: the ARN in the journal and in policies.</param>
public sealed record AccessKey(string Id, string Secret, string Account, string UserArn)
{
    /// <summary>The IAM user that it belongs to; null for the account's root (the first key, keys given at start, the service's own) and for a role's session.</summary>
    public string? UserName { get; init; }

    /// <summary>What a temporary key stands for; null for a lasting one.</summary>
    public SessionFacts? Session { get; init; }

    /// <summary>The root may do everything in its account.</summary>
    public bool IsRoot => UserName is null && Session?.RoleName is null;

    /// <summary>Signs the service's own presigned URLs.</summary>
    public bool IsInner { get; init; }

    // Records print their members, and a secret must never reach a log.
    public override string ToString() => $"{Id} of {Account}";
}
