using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Acm;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>
/// PutSigningProfile — PUT /signing-profiles/{profileName}. Without signingMaterial, key and certificate are made here and kept with ACM's.
/// A profile does not change and its name is used once.
/// </summary>
public sealed class PutSigningProfile(Database database, SigningCatalog catalog, AcmKeys keys, IRandomSource random) : IOperation<PutSigningProfile.Request, PutSigningProfile.Response>
{
    private const string VersionAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>AWS: signer quotas > signing profiles in an account.</summary>
    private const int ProfilesMax = 10_000;

    /// <summary>A job's parameters go into job documents and must fit.</summary>
    private const int ParametersMax = 50, ParameterLengthMax = 1024;

    public sealed record Request
    {
        public required string ProfileName { get; init; }

        public SigningMaterial? SigningMaterial { get; init; }

        public SignatureValidityPeriod? SignatureValidityPeriod { get; init; }

        public required string PlatformId { get; init; }

        public SigningPlatformOverrides? Overrides { get; init; }

        public IReadOnlyDictionary<string, string>? SigningParameters { get; init; }

        public IReadOnlyDictionary<string, string>? Tags { get; init; }
    }

    public sealed record Response(string Arn, string ProfileVersion, string ProfileVersionArn);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var read = await Check(caller, request, ct);
        if (!read.IsOk)
            return read.Error;
        var made = request.SigningMaterial is null ? keys.Make(caller, request.ProfileName, read.Value.Algorithm) : ((AcmCertificate Certificate, byte[] SealedKey)?)null;
        return await database.Change(session => Insert(session, caller, request, read.Value.Validity, made), ct);
    }

    /// <summary>Whether such a profile could be made, were its name free.</summary>
    internal async Task<Result<CheckedProfile>> Check(Caller caller, Request request, CancellationToken ct)
    {
        if (catalog.Find(request.PlatformId) is not { } platform)
            return SigningErrors.Validation($"platformId {request.PlatformId} does not exist. The platforms are {catalog.Names}.");
        var choice = platform.Choose(
            request.Overrides?.SigningConfiguration?.EncryptionAlgorithm, request.Overrides?.SigningConfiguration?.HashAlgorithm, request.Overrides?.SigningImageFormat);
        if (!choice.IsOk)
            return choice.Error;
        var validity = Validity(request.SignatureValidityPeriod);
        if (!validity.IsOk)
            return validity.Error;
        if (RefuseParameters(request.SigningParameters) is { } wrong)
            return wrong;
        if (request.SigningMaterial is { } material)
        {
            var found = await keys.Find(caller.Account, material.CertificateArn, ct);
            if (!found.IsOk)
                return SigningErrors.NotFound($"signingMaterial.certificateArn: {found.Error.Message}");
            if (Refuse(platform, choice.Value.Algorithm, found.Value) is { } unfit)
                return unfit;
            return new CheckedProfile(platform, choice.Value.Algorithm, validity.Value, found.Value);
        }
        return new CheckedProfile(platform, choice.Value.Algorithm, validity.Value, null);
    }

    private Result<Response> Insert(WriteSession session, Caller caller, Request request, SignatureValidity validity, (AcmCertificate Certificate, byte[] SealedKey)? made)
    {
        var known = SigningProfileStore.Find(session, caller.Account, request.ProfileName);
        if (known is not null)
            return SigningErrors.Validation(
                $"Profile {request.ProfileName} already exists with status {known.Status}. A profile cannot be changed and its name cannot be used again; choose another name.");
        if (session.First<long>("SELECT COUNT(*) FROM signing_profile WHERE account = @Account", new { caller.Account }) >= ProfilesMax)
            return SigningErrors.Validation($"The account has {ProfilesMax} signing profiles, which is the most.");
        if (made is { } key)
            AcmKeys.Keep(session, caller, key);
        var row = Row(caller, request, validity, made?.Certificate.Arn ?? request.SigningMaterial!.CertificateArn) with { ProfileVersion = random.NewText(10, VersionAlphabet) };
        SigningProfileStore.Insert(session, caller, row);
        return new Response(row.Arn, row.ProfileVersion, row.VersionArn);
    }

    internal static SigningProfileRow Row(Caller caller, Request request, SignatureValidity validity, string certificateArn) => new()
    {
        Account = caller.Account,
        ProfileName = request.ProfileName,
        Region = caller.Region,
        Status = SigningProfileStatus.Active,
        PlatformId = request.PlatformId,
        CertificateArn = certificateArn,
        Validity = SigningJson.Write(validity)!,
        Overrides = SigningJson.Write(request.Overrides),
        SigningParameters = SigningJson.Write(request.SigningParameters),
        Tags = SigningJson.Write(request.Tags ?? new Dictionary<string, string>())!,
    };

    private static ServiceError? Refuse(SigningPlatform platform, CodeSigningAlgorithm algorithm, AcmCertificate certificate)
    {
        var facts = certificate.Facts;
        if (facts.Encryption == algorithm.Encryption)
            return null;
        var remedy = platform.Encryptions.Contains(facts.Encryption!)
            ? $"Set overrides.signingConfiguration.encryptionAlgorithm to {facts.Encryption}, or import a certificate with an {algorithm.Encryption} key."
            : $"Import a certificate with an {algorithm.Encryption} key, or use another platform.";
        return SigningErrors.Validation($"Certificate {certificate.Arn} has the key {facts.KeyAlgorithm}, and profile and platform {platform.PlatformId} sign with {algorithm.Name}. {remedy}");
    }

    private static Result<SignatureValidity> Validity(SignatureValidityPeriod? asked)
    {
        if (asked is null or { Value: null, Type: null })
            return SignatureValidity.Default;
        return asked is { Value: > 0, Type: { } type }
            ? new SignatureValidity(asked.Value.Value, type)
            : SigningErrors.Validation("signatureValidityPeriod needs a value of at least 1 and a type: DAYS, MONTHS or YEARS.");
    }

    private static ServiceError? RefuseParameters(IReadOnlyDictionary<string, string>? parameters) =>
        parameters is null || (parameters.Count <= ParametersMax && parameters.All(pair => pair.Key.Length <= ParameterLengthMax && pair.Value.Length <= ParameterLengthMax))
            ? null
            : SigningErrors.Validation($"signingParameters may have {ParametersMax} entries of {ParameterLengthMax} characters each.");
}

/// <summary>A profile that could be made.</summary>
/// <param name="Certificate">Null where key and certificate are made with it.</param>
internal sealed record CheckedProfile(SigningPlatform Platform, CodeSigningAlgorithm Algorithm, SignatureValidity Validity, AcmCertificate? Certificate);
