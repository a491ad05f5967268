using Godwit.Core;

namespace Godwit.Server.Certificates;

/// <summary>What the operations on CA certificates refuse.</summary>
internal static class CaCertificateErrors
{
    public static ServiceError NotFound(string certificateId) => Errors.ResourceNotFound($"The CA certificate given in the request does not exist: {certificateId}");

    public static ServiceError Exists(string certificateId, string arn) => Errors.ResourceAlreadyExists(
        "A CA certificate of this subject and key is already registered", certificateId, arn);

    public static ServiceError TooManyOfOneName() => Errors.LimitExceeded(
        $"{CaCertificateStore.SameNameMax} CA certificates of this subject are registered, and no more can be. Delete one with DeleteCACertificate.");

    public static ServiceError Invalid(string cause) => new("CertificateValidationException", 400, $"caCertificate is not valid: {cause}");

    public static ServiceError Unverified(string cause) => new("CertificateValidationException", 400, $"verificationCertificate is not valid: {cause}");

    public static ServiceError WrongCode(string cause) => new(
        "RegistrationCodeValidationException", 400,
        $"verificationCertificate does not carry the registration code: {cause} Take the code from GetRegistrationCode and sign a certificate with it as common name.");

    public static ServiceError NoCode() => Errors.ResourceNotFound("The account has no registration code. GetRegistrationCode makes one.");

    public static ServiceError NotNeeded() => Errors.InvalidRequest(
        "verificationCertificate is not for certificateMode SNI_ONLY. Leave it out, or register with certificateMode DEFAULT.");

    public static ServiceError StillActive() => new(
        "CertificateStateException", 406, "The CA certificate must be INACTIVE before deletion. Deactivate it with UpdateCACertificate.");
}
