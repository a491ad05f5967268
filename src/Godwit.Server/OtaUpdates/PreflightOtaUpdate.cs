using System.Security.Cryptography;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.OtaUpdates;
using Godwit.Core.Planning;
using Godwit.Core.Signing;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Signing;
using Godwit.Server.Storage;
using Godwit.Server.Streams;
using Godwit.Server.Things;

namespace Godwit.Server.OtaUpdates;

/// <summary>PreflightOtaUpdate — GET /godwit/ota-updates/{otaUpdateId}/preflight: looks at an update as it is now, and says what would go wrong on devices.</summary>
public sealed class PreflightOtaUpdate(
    Database database, ObjectReader objects, StreamCatalog streams, ImageDigest digest, SigningJobs signing, PresignedUrls urls, TimeProvider time)
{
    public sealed record Response(string OtaUpdateId, string OtaUpdateStatus, DateTimeOffset CheckedAt, bool Passes, IReadOnlyList<FindingView> Findings);

    public sealed record FindingView(string Severity, string Field, string Cause, string Remedy);

    public async Task<Result<Response>> Handle(Caller caller, string otaUpdateId, CancellationToken ct)
    {
        var row = await database.Read(session => OtaUpdateStore.Find(session, caller.Account, otaUpdateId), ct);
        if (row is null)
            return OtaUpdateErrors.NotFound(otaUpdateId);
        var findings = await Check(row, ct);
        return new Response(
            row.OtaUpdateId, row.Status, time.GetUtcNow(), findings.All(finding => finding.Severity != FindingSeverity.Error),
            [.. findings.Select(finding => new FindingView(finding.Severity.ToString().ToLowerInvariant(), finding.Field, finding.Cause, finding.Remedy))]);
    }

    /// <summary>What is found of an update that Signer has already signed, if it is to.</summary>
    internal async Task<IReadOnlyList<Finding>> Check(OtaUpdateRow row, CancellationToken ct)
    {
        var request = row.ReadRequest();
        var files = new List<PreflightFile>(request.Files.Count);
        for (var i = 0; i < request.Files.Count; i++)
            files.Add(await Look(row, request, i, ct));
        var things = await database.Read(session => Things(session, row.Account, request.Targets), ct);
        var protocols = OtaUpdateRules.Protocols(request);
        return UpdatePreflight.Check(new PreflightFacts(
            files, protocols.Contains(OtaJobDocument.Mqtt), row.JobDocument?.Length ?? 0, things, request.TargetSelection == "CONTINUOUS", time.GetUtcNow()));
    }

    private async Task<PreflightFile> Look(OtaUpdateRow row, CreateOtaUpdate.Request request, int index, CancellationToken ct)
    {
        var (file, signed) = (request.Files[index], row.ReadSigning.ElementAtOrDefault(index));
        var signature = signed?.Signature ?? OtaUpdateRules.Signature(file);
        var hasCertFile = (signed?.CertFile ?? file.CodeSigning?.CustomCodeSigning?.CertificateChain?.CertificateName) is { Length: > 0 };
        var image = await FindImage(row, request, index, ct);
        if (!image.IsOk)
            return new PreflightFile(null, image.Error.Message, signature, null, null, hasCertFile, true, null);
        var (facts, version) = image.Value;
        var pem = await CertificateOf(row, file, signed, ct);
        var url = OtaUpdateRules.PresignSeconds(request) is { } seconds && OtaUpdateRules.Protocols(request).Contains(OtaJobDocument.Http)
            ? urls.ForGet(row.Account, row.Region, facts.Bucket, facts.Key, version, TimeSpan.FromSeconds(seconds)).Length
            : (int?)null;
        return new PreflightFile(
            facts.SizeBytes, null, signature, signature is null ? null : await Verify(signature, facts, pem, ct), pem is null ? null : CertificateFacts.Read(pem), hasCertFile, version is not null, url);
    }

    private async Task<Result<(ObjectFacts Facts, string? Version)>> FindImage(OtaUpdateRow row, CreateOtaUpdate.Request request, int index, CancellationToken ct)
    {
        var location = row.LocationOf(request, index);
        if (request.Files[index].FileLocation?.Stream is { } asked)
        {
            var stream = await streams.Find(row.Account, asked.StreamId!, ct);
            if (!stream.IsOk)
                return stream.Error;
            if (stream.Value.File(asked.FileId!.Value) is not { } found)
                return OtaUpdateErrors.StreamGone(asked.StreamId!, asked.FileId.Value);
            location = new S3Location(found.Bucket, found.Key, found.Version);
        }
        // Before Signer has signed, what will be signed is what there is.
        location ??= row.ReadSigning.ElementAtOrDefault(index)?.Source;
        if (location is null)
            return Errors.ResourceNotFound("The signing job has not been looked up yet.");
        var image = await objects.Find(row.Account, location.Bucket!, location.Key!, location.Version, ct);
        return image.IsOk ? (image.Value, location.Version) : StreamErrors.NotAccessible(location.Bucket!, location.Key!, location.Version, image.Error);
    }

    /// <summary>The signer's certificate in PEM, as far as the service has it.</summary>
    private async Task<string?> CertificateOf(OtaUpdateRow row, OtaUpdateFile file, OtaSignedFile? signed, CancellationToken ct)
    {
        if (signed is null)
            return file.CodeSigning?.CustomCodeSigning?.CertificateChain?.InlineDocument is { } inline && inline.Contains("-----BEGIN CERTIFICATE", StringComparison.Ordinal) ? inline : null;
        var job = await signing.Ended(row.Account, signed.JobId, ct);
        return job.IsOk ? (await signing.Certificate(row.Account, job.Value.CertificateArn, ct))?.CertificatePem : null;
    }

    private async Task<SignatureVerdict?> Verify(OtaFileSignature signature, ObjectFacts image, string? pem, CancellationToken ct)
    {
        // sig-sha256-ecdsa; a hash that is written in another way is a finding of its own and cannot be computed.
        var parts = signature.Key.ToUpperInvariant().Split('-');
        if (parts is not ["SIG", var hash, var encryption] || CodeSigningAlgorithm.Parse($"{hash}with{encryption}") is not { } algorithm)
            return null;
        try
        {
            return SignatureCheck.Verify(algorithm, signature.Text, await digest.Of(image, new HashAlgorithmName(hash), ct), pem);
        }
        catch (DamagedBytesException)
        {
            return SignatureVerdict.DoesNotVerify;
        }
    }

    private static long Things(ReadSession session, string account, IReadOnlyList<string> targets)
    {
        foreach (var target in targets)
        {
            var arn = Arn.Parse(target)!;
            if (arn.ResourceType == "thing" ? Membership.Exists(session, account, arn) : session.First<long>($"SELECT COUNT(*) FROM ({Membership.ThingsOfGroupSql}) t", new { account, group = arn.ResourceName }) > 0)
                return 1;
        }
        return 0;
    }
}
