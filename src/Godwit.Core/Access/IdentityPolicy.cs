namespace Godwit.Core.Access;

/// <summary>
/// A policy of IAM: what a user or role may do, who may assume a role, or who may use a bucket. AWS: IAM > Policies and permissions.
/// <see cref="IdentityRules"/> decides by it.
/// </summary>
public sealed record IdentityPolicy(IReadOnlyList<PolicyStatement> Statements)
{
    /// <summary>AWS: IAM quotas > Managed policy length; white space is free.</summary>
    public const int ManagedLengthMax = 6144;

    /// <summary>AWS: IAM quotas > Role trust policy length, the most that may be asked for.</summary>
    public const int TrustLengthMax = 4096;

    /// <summary>AWS: S3 > Bucket policies: 20 KB.</summary>
    public const int BucketLengthMax = 20 * 1024;

    /// <summary>Reads a policy of a user or role, a session's or a managed one.</summary>
    public static Result<IdentityPolicy> Parse(string document) => Read(document, PolicyForm.Identity, "MalformedPolicyDocument", "");

    /// <summary>Reads who may assume a role.</summary>
    public static Result<IdentityPolicy> ParseTrust(string document) => Read(document, PolicyForm.Trust, "MalformedPolicyDocument", "");

    /// <summary>Reads a bucket's policy.</summary>
    public static Result<IdentityPolicy> ParseBucket(string document) => Read(document, PolicyForm.Resource, "MalformedPolicy", "Policies must be valid JSON: ");

    /// <summary>Characters as AWS counts them for its limits.</summary>
    public static int Length(string document) => PolicyReader.Length(document);

    private static Result<IdentityPolicy> Read(string document, PolicyForm form, string code, string beginning) =>
        PolicyReader.TryRead(document, form, out var statements, out var cause)
            ? new IdentityPolicy(statements)
            : new ServiceError(code, 400, $"{beginning}{(beginning.Length > 0 ? cause : $"The policy document is malformed: {cause}")}");
}
