using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Objects;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates.Firmware;

/// <summary>
/// DescribeFirmware — GET /godwit/firmware?bucket=…&amp;key=…&amp;versionId=…: one version of an object, its digest, and each signature that an update gives to devices for it, verified
/// here over the bytes that lie here, with the certificate that is known for it.
/// </summary>
public sealed class DescribeFirmware(Database database, ObjectReader objects, PreflightOtaUpdate preflight) : IOperation<DescribeFirmware.Request, DescribeFirmware.Response>
{
    /// <summary>Each one reads the image once.</summary>
    private const int SignaturesMax = 20;

    public sealed record Request(string Bucket, string Key, string? VersionId);

    public sealed record Response(
        string Bucket, string Key, string VersionId, long SizeBytes, string Sha256, string ETag, DateTimeOffset LastModified, IReadOnlyList<Signature> Signatures, int UpdatesLookedAt);

    /// <param name="Algorithm">As in the job document: <c>sig-sha256-ecdsa</c>; null where the update gives no signature.</param>
    /// <param name="Verdict">VERIFIES, DOES_NOT_VERIFY, NO_CERTIFICATE and the others of <see cref="SignatureVerdict"/>; null where nothing can be computed.</param>
    public sealed record Signature(string OtaUpdateId, string OtaUpdateStatus, string FileVersion, string? Algorithm, string? Text, string? Verdict, Certificate? Certificate);

    public sealed record Certificate(string Subject, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string? KeyAlgorithm);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var found = await objects.Find(caller.Account, request.Bucket, request.Key, string.IsNullOrEmpty(request.VersionId) ? null : request.VersionId, ct);
        if (!found.IsOk)
            return found.Error;
        var image = found.Value;
        var latest = await objects.Find(caller.Account, request.Bucket, request.Key, null, ct);
        var isLatest = latest.IsOk && latest.Value.VersionId == image.VersionId;
        var uses = await database.Read(session => FirmwareUses.Newest(session, caller.Account), ct);
        var signatures = new List<Signature>();
        foreach (var use in uses.Where(use => use.Takes(image.Bucket, image.Key, image.VersionId, isLatest)).Take(SignaturesMax))
            signatures.Add(await Look(use, ct));
        return new Response(
            image.Bucket, image.Key, image.VersionId, image.SizeBytes, image.BytesId.ToString(), image.ETag, image.LastModified, signatures, FirmwareUses.UpdatesMax);
    }

    private async Task<Signature> Look(FirmwareUse use, CancellationToken ct)
    {
        var file = await preflight.Look(use.Update, use.Request, use.Index, ct);
        return new Signature(
            use.Update.OtaUpdateId, use.Update.Status, use.Request.Files[use.Index].FileVersion ?? "", file.Signature?.Key, file.Signature?.Text, file.Verdict is { } verdict ? Wire(verdict) : null,
            file.Certificate is { } certificate ? new Certificate(certificate.Subject, certificate.NotBefore, certificate.NotAfter, certificate.KeyAlgorithm) : null);
    }

    private static string Wire(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Verifies => "VERIFIES",
        SignatureVerdict.DoesNotVerify => "DOES_NOT_VERIFY",
        SignatureVerdict.NotBase64 => "NOT_BASE64",
        SignatureVerdict.EncodedTwice => "ENCODED_TWICE",
        SignatureVerdict.OtherKey => "OTHER_KEY",
        SignatureVerdict.NoCertificate => "NO_CERTIFICATE",
        _ => "BAD_CERTIFICATE",
    };
}
