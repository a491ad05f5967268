using Godwit.Core;

namespace Godwit.Server.Certificates;

/// <summary>What the certificate operations refuse, in AWS's words where they are known.</summary>
internal static class CertificateErrors
{
    public static ServiceError NoCertificate(string certificateId) => Errors.ResourceNotFound($"The certificate given in the request does not exist: {certificateId}");

    public static ServiceError NoThing(string thing) => Errors.ResourceNotFound($"Thing {thing} cannot be found.");

    public static ServiceError Exists(string certificateId, string arn) =>
        Errors.ResourceAlreadyExists("The certificate is already provisioned or registered", certificateId, arn);

    public static ServiceError BadRequest(string cause) => Errors.InvalidRequest($"The certificate signing request is not valid: {cause}");

    public static ServiceError Invalid(string cause) => new("CertificateValidationException", 400, $"The certificate is not valid: {cause}");

    public static ServiceError StillActive() =>
        new("CertificateStateException", 406, "Certificate must be deactivated (not ACTIVE) before deletion.");

    public static ServiceError InTransfer(string certificateId, string account) => new(
        "CertificateStateException", 406,
        $"Certificate {certificateId} is PENDING_TRANSFER to account {account}. Take it back with CancelCertificateTransfer first, or let the account accept or reject it.");

    public static ServiceError NotInactive(string certificateId, string status) => new(
        "CertificateStateException", 406, $"Certificate {certificateId} is {status}, and only an INACTIVE one can be transferred. Deactivate it with UpdateCertificate.");

    public static ServiceError TransferConflict(string certificateId, string what, string remedy) =>
        new("TransferConflictException", 409, $"Certificate {certificateId} cannot be transferred while {what} attached. {remedy}");

    public static ServiceError TransferCompleted(string certificateId) =>
        new("TransferAlreadyCompletedException", 410, $"The transfer of certificate {certificateId} is already complete: its new account has accepted it.");

    public static ServiceError NoTransfer(string certificateId) =>
        Errors.InvalidRequest($"Certificate {certificateId} is not PENDING_TRANSFER. ListOutgoingCertificates tells which of the account's are.");

    public static ServiceError BadReceiver(string account, string cause) => Errors.InvalidRequest($"targetAwsAccount {account} {cause}");

    public static ServiceError HasThings(string arn) => Errors.DeleteConflict($"Things must be detached before deletion (arn: {arn})");

    public static ServiceError HasPolicies(string arn) => Errors.DeleteConflict($"Certificate policies must be detached before deletion (arn: {arn})");

    public static ServiceError ThingAttached(string thing) =>
        Errors.InvalidRequest($"Cannot delete. Thing {thing} is still attached to one or more principals");

    public static ServiceError BadStatus(string member, string status) =>
        Errors.InvalidRequest($"{member} {status} is set by the service only. Give ACTIVE, INACTIVE or REVOKED.");

    public static ServiceError BadPrincipal(string principal) =>
        Errors.InvalidRequest($"Principal '{principal}' is not valid. Give the ARN of a certificate of this account.");
}
