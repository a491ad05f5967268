namespace Godwit.Core.Access;

/// <summary>Who asks: an authenticated API user, or a device known by its certificate. All data is apart by <see cref="Account"/>.</summary>
/// <param name="Account">Twelve digits.</param>
/// <param name="Region">The region of the signature's scope, or of the certificate's registration; it appears in ARNs.</param>
/// <param name="Arn">The identity for the journal and for policies: a user, an assumed role or a certificate.</param>
/// <param name="AccessKeyId">The key that signed, or empty for a device.</param>
/// <param name="CertificateId">The client certificate (64 lower-case hex digits of the SHA-256 of its DER), or null for an API user.</param>
public sealed record Caller(string Account, string Region, string Arn, string AccessKeyId, string? CertificateId = null)
{
    /// <summary>The ARN of an iot resource in the caller's account and region.</summary>
    public string IotArn(string resource) => Core.Arn.Iot(Region, Account, resource).ToString();

    /// <summary>The service itself: timers, the rollout's runner, recovery after a restart.</summary>
    public static Caller Service(string account, string region) => new(account, region, $"arn:aws:iot:{region}:{account}:godwit", "");
}
