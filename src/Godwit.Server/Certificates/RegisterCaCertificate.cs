using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Certificates;

/// <summary>
/// RegisterCACertificate — POST /cacertificate. In mode DEFAULT the caller proves that he has the CA's key: it has signed a certificate whose common
/// name is the account's registration code. SNI_ONLY asks for no proof.
/// </summary>
public sealed class RegisterCaCertificate(Database database, RegistrationReferences references, IRandomSource random, TimeProvider time)
    : IOperation<RegisterCaCertificate.Request, RegisterCaCertificate.Response>
{
    private const string Default = "DEFAULT", SniOnly = "SNI_ONLY";

    public sealed record Request
    {
        public required string CaCertificate { get; init; }

        public string? VerificationCertificate { get; init; }

        public bool? SetAsActive { get; init; }

        public bool? AllowAutoRegistration { get; init; }

        public RegistrationConfig? RegistrationConfig { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }

        public string? CertificateMode { get; init; }
    }

    public sealed record Response(string CertificateArn, string CertificateId);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.RegistrationConfig?.Refuse() is { } templates)
            return templates;
        var read = CertificateRegistration.Read(request.CaCertificate, CaCertificateErrors.Invalid);
        if (!read.IsOk)
            return read.Error;
        using var certificate = read.Value;
        var mode = request.CertificateMode ?? Default;
        if ((RefuseCa(certificate) ?? await RefuseProof(caller, request, certificate, mode, ct)) is { } refusal)
            return refusal;
        var row = CaCertificateStore.RowOf(caller, certificate, mode, random.NewUuid()) with
        {
            Status = CertificateStatus.Of(request.SetAsActive),
            AutoRegistration = request.AllowAutoRegistration is true ? CaCertificateStore.Enabled : CaCertificateStore.Disabled,
            RoleArn = request.RegistrationConfig?.RoleArn,
            TemplateBody = request.RegistrationConfig?.TemplateBody,
            TemplateName = request.RegistrationConfig?.TemplateName,
        };
        return await database.Change(session => references.Refuse(session, caller, request.RegistrationConfig) is { } missing ? missing : Keep(session, caller, row, request.Tags), ct);
    }

    private static Result<Response> Keep(WriteSession session, Caller caller, CaCertificateRow row, IReadOnlyList<Tag>? tags)
    {
        var kept = CaCertificateStore.Insert(session, caller, row);
        if (!kept.IsOk)
            return kept.Error;
        var resource = CaCertificateStore.Resource(row.CertificateId);
        return ResourceTags.Put(session, caller.Account, resource, tags).Map(_ => new Response(caller.IotArn(resource), row.CertificateId));
    }

    private ServiceError? RefuseCa(X509Certificate2 certificate)
    {
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
            return CaCertificateErrors.Invalid("its basic constraints do not say CA:TRUE. Give a CA's certificate, X.509 version 3.");
        return IsValidNow(certificate) ? null
            : CaCertificateErrors.Invalid($"it is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u} only. Give one that is valid now.");
    }

    private async Task<ServiceError?> RefuseProof(Caller caller, Request request, X509Certificate2 ca, string mode, CancellationToken ct)
    {
        if (mode == SniOnly)
            return request.VerificationCertificate is null ? null : CaCertificateErrors.NotNeeded();
        if (request.VerificationCertificate is not { } pem)
            return CaCertificateErrors.Unverified(
                "it is missing. Sign a certificate whose common name is the code of GetRegistrationCode with the CA's key, or register with certificateMode SNI_ONLY.");
        var read = CertificateRegistration.Read(pem, CaCertificateErrors.Unverified);
        if (!read.IsOk)
            return read.Error;
        using var proof = read.Value;
        if (!CertificateSignature.IsBy(proof, ca))
            return CaCertificateErrors.Unverified("caCertificate has not signed it. Sign it with the CA's key, by SHA-256 or better, and with the CA's subject as issuer.");
        if (!IsValidNow(proof))
            return CaCertificateErrors.Unverified($"it is valid from {proof.NotBefore:u} to {proof.NotAfter:u} only. Sign another.");
        var code = await database.Read(session => GetRegistrationCode.Find(session, caller.Account), ct);
        return code is null ? CaCertificateErrors.WrongCode("the account has none.")
            : CommonNamesOf(proof).Contains(code, StringComparer.OrdinalIgnoreCase) ? null
            : CaCertificateErrors.WrongCode($"its subject is {proof.Subject}.");
    }

    private bool IsValidNow(X509Certificate2 certificate)
    {
        var now = time.GetUtcNow();
        return now >= certificate.NotBefore && now <= certificate.NotAfter;
    }

    private static IEnumerable<string?> CommonNamesOf(X509Certificate2 certificate) =>
        from part in certificate.SubjectName.EnumerateRelativeDistinguishedNames()
        where !part.HasMultipleElements && part.GetSingleElementType().Value == "2.5.4.3"
        select part.GetSingleElementValue();
}
