namespace Godwit.Core.Signing;

/// <summary>A statement of a profile's policy: another account may use the profile.</summary>
/// <param name="Action">For example <c>signer:StartSigningJob</c>.</param>
/// <param name="Principal">An account, or the ARN of one of its identities.</param>
/// <param name="ProfileVersion">The one version that is meant, or null for all.</param>
public sealed record ProfilePermission(string StatementId, string Action, string Principal, string? ProfileVersion)
{
    /// <summary>AWS: signer > cross-account signing.</summary>
    public static IReadOnlyList<string> Actions { get; } =
        ["signer:StartSigningJob", "signer:SignPayload", "signer:GetSigningProfile", "signer:RevokeSignature"];

    /// <summary>Whether one of the statements lets this identity do this.</summary>
    public static bool Allows(IEnumerable<ProfilePermission> statements, string action, string account, string callerArn, string profileVersion) => statements.Any(statement =>
        (statement.Action == action || statement.Action == "signer:*")
        && (statement.Principal == account || statement.Principal == callerArn || statement.Principal == $"arn:aws:iam::{account}:root")
        && (statement.ProfileVersion is null || statement.ProfileVersion == profileVersion));
}
