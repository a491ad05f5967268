namespace Godwit.Server.Certificates;

/// <summary>AWS's words for what a certificate may do.</summary>
public static class CertificateStatus
{
    public const string Active = "ACTIVE";

    public const string Inactive = "INACTIVE";

    public const string Revoked = "REVOKED";

    /// <summary>Registered by its first CONNECT; somebody must activate it.</summary>
    public const string PendingActivation = "PENDING_ACTIVATION";

    /// <summary>On its way to another account, which may take it or not.</summary>
    public const string PendingTransfer = "PENDING_TRANSFER";

    /// <summary>Deprecated by AWS: registers as inactive.</summary>
    public const string RegisterInactive = "REGISTER_INACTIVE";

    /// <summary>Whether a user may set it; the others are the service's own.</summary>
    public static bool CanBeSet(string status) => status is Active or Inactive or Revoked;

    public static string Of(bool? setAsActive) => setAsActive is true ? Active : Inactive;
}
