using Godwit.Core.Access;

namespace Godwit.Server.Iam;

/// <summary>A bucket that has a policy of its own, as rights see it.</summary>
/// <param name="Account">Who has the bucket.</param>
/// <param name="RestrictsPublic">Whether a public policy lets in nobody but the account's own.</param>
public sealed record BucketDoor(string Account, IdentityPolicy Policy, bool RestrictsPublic)
{
    /// <summary>Whether somebody without a signature might be let in.</summary>
    public bool IsOpen { get; } = !RestrictsPublic && BucketRules.IsPublic(Policy);
}

/// <summary>The bucket of a name, if it has a policy; the slice of objects knows. Costs no read.</summary>
public sealed record BucketDoors(Func<string, BucketDoor?> Find);
