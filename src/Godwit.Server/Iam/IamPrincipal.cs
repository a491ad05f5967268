using Godwit.Core.Access;

namespace Godwit.Server.Iam;

/// <summary>A role or user with its policies read, as decisions need it.</summary>
/// <param name="Kind"><c>role</c> or <c>user</c>.</param>
/// <param name="Id">The unique id: AROA… or AIDA….</param>
/// <param name="Trust">Who may assume a role; null for a user.</param>
public sealed record IamPrincipal(
    string Account, string Kind, string Name, string Id, string Arn, IdentityPolicy? Trust, int MaxSessionSeconds, IReadOnlyList<IdentityPolicy> Policies);
