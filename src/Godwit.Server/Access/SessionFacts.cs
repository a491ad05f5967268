namespace Godwit.Server.Access;

/// <summary>What a temporary key stands for.</summary>
/// <param name="Expires">From then on it signs nothing.</param>
/// <param name="RoleName">The role that was assumed; null where a user's or the root's own session was asked for.</param>
/// <param name="PrincipalId">The unique id of the role or user: one of the same name made later is another. Null for the root.</param>
/// <param name="SessionName">What the caller of AssumeRole called it.</param>
/// <param name="Policies">Policies of the session: they narrow what it may do.</param>
public sealed record SessionFacts(DateTimeOffset Expires, string? RoleName, string? PrincipalId, string? SessionName, IReadOnlyList<string> Policies);
