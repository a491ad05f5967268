using Godwit.Core.Planning;
using Godwit.Core.Signing;

namespace Godwit.Core.OtaUpdates;

/// <summary>A file of an update as it was found, for a look at it before any device hears of it.</summary>
/// <param name="SizeBytes">Null where nobody has looked.</param>
/// <param name="Missing">Why its image cannot be read, or null.</param>
/// <param name="Verdict">What a check of the signature gave; null for a file that is not signed, or whose image cannot be read.</param>
/// <param name="UrlLength">Of the presigned URL; null where none is made.</param>
public sealed record PreflightFile(
    long? SizeBytes, string? Missing, OtaFileSignature? Signature, SignatureVerdict? Verdict, CertificateFacts? Certificate, bool HasCertFile, bool IsVersionPinned, int? UrlLength)
{
    /// <summary>Signer is to sign it, and has not yet.</summary>
    public bool IsToBeSigned { get; init; }

    /// <summary>Why Signer will not, or has not; null where nothing is known against it.</summary>
    public string? SignerRefuses { get; init; }
}

/// <summary>An update as it was found.</summary>
public sealed record PreflightFacts(IReadOnlyList<PreflightFile> Files, bool ByMqtt, int DocumentLength, long TargetThings, bool Continuous, DateTimeOffset Now)
{
    /// <summary>How long an execution may be IN_PROGRESS; null for ever.</summary>
    public long? TimeoutMinutes { get; init; }

    public string RoleArn { get; init; } = "";

    /// <summary>What the role may not and the creation does by it; each names the action and the resource.</summary>
    public IReadOnlyList<string> RoleLacks { get; init; } = [];
}

/// <summary>What can be known of an update before any device does: each finding names the field, the cause and what to do.</summary>
public static class UpdatePreflight
{
    /// <summary>AWS: CreateJob > document.</summary>
    public const int DocumentLengthMax = 32768;

    /// <summary>The buffer of the OTA agent for <c>update_data_url</c>.</summary>
    public const int UrlLengthMax = 1500;

    /// <summary>AWS: MQTT-based file delivery > a stream delivers files of up to 24 MB.</summary>
    public const long StreamBytesMax = 24L << 20;

    /// <summary>The OTA agent counts a file's size in 32 bits.</summary>
    private const long DeviceBytesMax = uint.MaxValue;

    /// <summary>A good link: sixteen blocks of 4 KiB a second. A poor one, such as a crowded cell, brings one.</summary>
    private const long GoodBytesPerSecond = 16 * PoorBytesPerSecond, PoorBytesPerSecond = 4096;

    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(30);

    public static IReadOnlyList<Finding> Check(PreflightFacts facts) =>
        [.. facts.Files.SelectMany((file, index) => OfFile(facts, file, $"files[{index}]")), .. OfUpdate(facts)];

    private static IEnumerable<Finding> OfUpdate(PreflightFacts facts)
    {
        foreach (var lack in facts.RoleLacks)
            yield return Error("roleArn", lack, $"Give role {facts.RoleArn} what it lacks by PutRolePolicy or UpdateAssumeRolePolicy; until then the creation ends in CREATE_FAILED with these words.");
        if (facts.DocumentLength > DocumentLengthMax)
            yield return Error("files", $"The job document has {facts.DocumentLength} characters and a job takes {DocumentLengthMax}.", "Use fewer files or shorter names.");
        if (facts.TargetThings == 0)
            yield return facts.Continuous
                ? new(FindingSeverity.Info, "targets", "The targets have no things yet.", "Nothing: things that join are updated.")
                : new(FindingSeverity.Warning, "targets", "The targets have no things: a SNAPSHOT update ends at once and reaches nobody.", "Add things to the groups first, or use targetSelection CONTINUOUS.");
        if (OfTimeout(facts) is { } late)
            yield return late;
        if (facts.ByMqtt && facts.Files.Count > 1)
            yield return new(FindingSeverity.Info, "files", $"The update has {facts.Files.Count} files, and older agents reject a job document with more than one.", "Use one file if such agents are in the fleet.");
    }

    /// <summary>A device that is still downloading when its time is up starts over with the next update, and never gets there.</summary>
    private static Finding? OfTimeout(PreflightFacts facts)
    {
        const string field = "awsJobTimeoutConfig.inProgressTimeoutInMinutes";
        var bytes = facts.Files.Sum(file => file.SizeBytes ?? 0);
        if (facts.TimeoutMinutes is not { } minutes || bytes <= minutes * 60 * PoorBytesPerSecond)
            return null;
        var needed = (bytes / PoorBytesPerSecond / 60) + 1;
        return bytes > minutes * 60 * GoodBytesPerSecond
            ? new(FindingSeverity.Warning, field, $"The images have {bytes} bytes, and {minutes} min are too short for them even at {GoodBytesPerSecond / 1024} KiB/s: most devices would time out.", $"Set at least {needed} min, or deliver a smaller image.")
            : new(FindingSeverity.Info, field, $"The images have {bytes} bytes: a device on a poor link, at {PoorBytesPerSecond / 1024} KiB/s, needs {needed} min and has {minutes}.", $"Set at least {needed} min if such devices are in the fleet.");
    }

    private static IEnumerable<Finding> OfFile(PreflightFacts facts, PreflightFile file, string field)
    {
        if (file.Missing is { } missing)
        {
            yield return Error($"{field}.fileLocation", missing, "Upload the object, or name one that is there.");
            yield break;
        }
        if (file.SizeBytes > DeviceBytesMax)
            yield return Error($"{field}.fileLocation", $"The image has {file.SizeBytes} bytes, and agents count in 32 bits.", "Deliver it in parts.");
        else if (facts.ByMqtt && file.SizeBytes > StreamBytesMax)
            yield return new(FindingSeverity.Warning, $"{field}.fileLocation", $"The image has {file.SizeBytes} bytes; AWS delivers up to {StreamBytesMax} by MQTT, and agents reckon with it.", "Use protocols [\"HTTP\"].");
        if (file.SizeBytes == 0)
            yield return Error($"{field}.fileLocation", "The image is empty: agents refuse a file of 0 bytes.", "Upload the image again.");
        if (!file.IsVersionPinned)
            yield return new(FindingSeverity.Info, $"{field}.fileLocation.s3Location.version", "No version is named: if the object is written again, devices that have begun get ETagMismatch.", "Turn on versioning of the bucket and name the version.");
        if (file.UrlLength > UrlLengthMax)
            yield return Error($"{field}.fileLocation", $"The presigned URL has {file.UrlLength} characters, and agents have room for {UrlLengthMax}.", "Use a shorter key or --public-url.");
        foreach (var finding in OfSignature(facts, file, $"{field}.codeSigning"))
            yield return finding;
    }

    private static IEnumerable<Finding> OfSignature(PreflightFacts facts, PreflightFile file, string field)
    {
        if (file.SignerRefuses is { } refusal)
        {
            yield return Error(field, refusal, "Correct what Signer names; until then the creation ends in CREATE_FAILED with these words.");
            yield break;
        }
        if (file.Signature is null && !file.IsToBeSigned)
        {
            yield return new(FindingSeverity.Warning, field, "The file is not signed: agents of FreeRTOS refuse it once all of it is downloaded.", "Give customCodeSigning or startSigningJobParameter.");
            yield break;
        }
        if (file.Signature is { } signature && !OtaFileSignature.KnownKeys.Contains(signature.Key))
            yield return new(FindingSeverity.Warning, $"{field}.customCodeSigning.hashAlgorithm",
                $"The signature stands under {signature.Key}; agents of FreeRTOS look for {string.Join(", ", OtaFileSignature.KnownKeys)}.", "Write SHA256 (not SHA-256) and ECDSA or RSA, unless your agent knows this key.");
        if (!file.HasCertFile)
            yield return new(FindingSeverity.Info, $"{field}.customCodeSigning.certificateChain.certificateName", "No path of the certificate on the device is given: agents take the one that they were built with.", "Set certificateName, or the profile's parameter certname.");
        if (OfVerdict(file.Verdict, field) is { } verdict)
            yield return verdict;
        if (file.Certificate is not { } certificate)
            yield break;
        if (facts.Now > certificate.NotAfter)
            yield return new(FindingSeverity.Warning, field, $"The signer's certificate '{certificate.Subject}' expired on {certificate.NotAfter:u}.", "Sign with a new certificate, and have it on the devices first.");
        else if (facts.Now + ExpiresSoon > certificate.NotAfter)
            yield return new(FindingSeverity.Info, field, $"The signer's certificate '{certificate.Subject}' expires on {certificate.NotAfter:u}.", "Bring the next certificate to the devices with this update.");
        if (!certificate.AllowsCodeSigning || !certificate.AllowsDigitalSignature)
            yield return new(FindingSeverity.Warning, field, $"The signer's certificate '{certificate.Subject}' is not made for code signing.", "Make it with keyUsage digitalSignature and extendedKeyUsage codeSigning.");
    }

    private static Finding? OfVerdict(SignatureVerdict? verdict, string field) => verdict switch
    {
        SignatureVerdict.DoesNotVerify => Error(field, "The signature does not verify over this image with the given certificate: devices would download all of it and then fail.", "Sign exactly the bytes that lie at fileLocation, with the key of this certificate."),
        SignatureVerdict.OtherKey => Error(field, "The certificate's key is of another kind than the signature's algorithm.", "Give the certificate whose key signed, and the algorithm of that key."),
        SignatureVerdict.NotBase64 => Error($"{field}.customCodeSigning.signature.inlineDocument", "The text is not base64: devices cannot decode it.", "Give the base64 text of the DER signature, on one line."),
        SignatureVerdict.EncodedTwice => Error($"{field}.customCodeSigning.signature.inlineDocument", "The text is PEM, or base64 of base64: devices would decode it to a text, not to a signature.", "Give the base64 text of the DER signature, encoded once; SDKs encode blobs by themselves."),
        SignatureVerdict.BadCertificate => new(FindingSeverity.Warning, $"{field}.customCodeSigning.certificateChain.inlineDocument", "The certificate cannot be read, so the signature was not checked.", "Give it in PEM."),
        SignatureVerdict.NoCertificate => new(FindingSeverity.Info, $"{field}.customCodeSigning.certificateChain.inlineDocument", "No certificate is given, so the signature was not checked.", "Give the signer's certificate in PEM; it is not sent to devices."),
        _ => null,
    };

    private static Finding Error(string field, string cause, string remedy) => new(FindingSeverity.Error, field, cause, remedy);
}
